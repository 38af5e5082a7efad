import { Suspense } from "react";
import { Route, Routes } from "react-router-dom";
import { AuthProvider } from "@/auth/auth-context";
import { AppShell } from "@/components/app-shell";
import { NotFound, PageSkeleton } from "@/components/page";
import { RequireRole } from "@/components/require-role";
import { ToastProvider } from "@/components/ui/toast";
import { ServicesContext, type Services } from "@/data/services";
import { TitlesProvider } from "@/data/titles";
import { guardedRoutes, publicRoutes } from "@/routes";

/** The whole application inside a router. */
export function App({ services }: { services: Services }) {
  return (
    <ServicesContext value={services}>
      <AuthProvider>
        <TitlesProvider>
          <ToastProvider>
            <Suspense fallback={<PageSkeleton />}>
              <Routes>
                {publicRoutes.map(({ path, Page }) => (
                  <Route key={path} path={path} element={<Page />} />
                ))}
                <Route element={<AppShell />}>
                  {guardedRoutes.map(({ path, Page, roles }) => (
                    <Route
                      key={path}
                      path={path}
                      element={
                        <RequireRole roles={roles}>
                          <Page />
                        </RequireRole>
                      }
                    />
                  ))}
                </Route>
                <Route path="*" element={<NotFound />} />
              </Routes>
            </Suspense>
          </ToastProvider>
        </TitlesProvider>
      </AuthProvider>
    </ServicesContext>
  );
}
