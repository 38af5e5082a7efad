import { entityInfos, parseRow } from "@/domain";
import { seedRows } from "@/data/seed";
import { type Stored } from "@/lib/entity";
import { entityNames, type EntityName } from "@/lib/names";

/** The part of `localStorage` that is used; tests pass their own. */
export type KeyValueStore = Pick<Storage, "getItem" | "setItem" | "removeItem">;

type Tables = Record<EntityName, Stored[]>;

/** Tables of the demo: seed rows at first, then whatever people changed, kept in the browser. */
export class MemoryDatabase {
  private tables: Tables;

  constructor(
    private readonly storage: KeyValueStore,
    private readonly key: string,
  ) {
    this.tables = this.load() ?? fresh();
  }

  rows(name: EntityName): readonly Stored[] {
    return this.tables[name];
  }

  replace(name: EntityName, rows: Stored[]): void {
    this.tables = { ...this.tables, [name]: rows };
    this.save();
  }

  /** Rows that point to `id`, with the reference that does. */
  pointingTo(target: EntityName, id: string) {
    return entityNames.flatMap((name) =>
      entityInfos[name].references
        .filter((reference) => reference.entity === target)
        .map((reference) => ({
          name,
          reference,
          rows: this.tables[name].filter((row) => Object.entries(row).some(([k, v]) => k === reference.field && v === id)),
        }))
        .filter((found) => found.rows.length > 0),
    );
  }

  private load(): Tables | null {
    try {
      const stored: unknown = JSON.parse(this.storage.getItem(this.key) ?? "null");
      if (typeof stored !== "object" || stored === null) return null;
      const tables = fresh();
      for (const name of entityNames) {
        const rows: unknown = Object.entries(stored).find(([key]) => key === name)?.[1];
        if (!Array.isArray(rows)) return null;
        tables[name] = rows.map((row) => parseRow(name, row));
      }
      return tables;
    } catch {
      // Data of an older version of the application, or edited by hand: start over.
      return null;
    }
  }

  private save(): void {
    try {
      this.storage.setItem(this.key, JSON.stringify(this.tables));
    } catch {
      // A full or forbidden store: the demo goes on until the page is closed.
    }
  }
}

function fresh(): Tables {
  return { ...seedRows };
}
