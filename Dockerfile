# syntax=docker/dockerfile:1
# The image: one static binary, the CA bundle, an empty /data. Nothing else, so nothing else to patch.

FROM rust:1.95-bookworm AS build
ARG AIOS_REVISION=unknown
WORKDIR /src
COPY . .
# A static binary on the platform's own target: glibc resolves hosts and DNS by itself since 2.34, so no shared library
# is left. An explicit target keeps the flag away from build scripts and macros.
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    host="$(rustc -vV | sed -n 's/^host: //p')" \
    && RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked --target "$host" --bin aios-lovable-mcp \
    && install -D "target/$host/release/aios-lovable-mcp" /out/aios-lovable-mcp \
    && install -D -m 644 /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ca-certificates.crt \
    && install -d -m 1777 /out/tmp \
    && install -d -m 750 -o 65532 -g 65532 /out/data

FROM scratch AS base
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    PORT=3000 \
    AIOS_ENV=production \
    AIOS__server__run_as_uid=65532
# The default data directory is ./data; from here that is the volume.
WORKDIR /
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
# It starts as root only to take ownership of a volume that the platform made, and drops to 65532 before it opens
# anything. `--user 65532` skips that step.
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 CMD ["/aios-lovable-mcp", "healthcheck"]
ENTRYPOINT ["/aios-lovable-mcp"]
CMD ["serve"]
LABEL org.opencontainers.image.title="aios-lovable-mcp" \
      org.opencontainers.image.description="AI agents as durable jobs behind MCP" \
      org.opencontainers.image.licenses="MIT"

# From a binary that was built elsewhere: dist/aios-lovable-mcp, dist/etc/ssl/certs/ca-certificates.crt, dist/data, dist/tmp.
FROM base AS runtime-prebuilt
COPY dist/ /

FROM base AS runtime
COPY --from=build /out/ /
