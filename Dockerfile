# The worker and the starter as static binaries on an empty image: no shell, no root, CA certificates and time zones
# inside. The image is the same whoever builds it, from the same sources, VERSION and Go.
#
#   docker build --build-arg VERSION="$(git describe --tags --always)" -t counterparty-sync .
#   docker run --rm --entrypoint /starter counterparty-sync --help
#
# A second image holds simulators of Alfresco and Kontur.Focus, for trying things out:
#
#   docker build --target sandbox -t counterparty-sync-sandbox .
FROM golang:1.26.8-bookworm AS build
ENV CGO_ENABLED=0
ENV GOCACHE=/go/cache
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \
    go mod download
COPY activities activities
COPY internal internal
COPY starter starter
COPY worker worker
COPY workflows workflows
ARG VERSION=unknown
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/go/cache \
    go build -trimpath -buildvcs=false -tags timetzdata -ldflags "-s -w -X main.version=${VERSION}" -o /out/ ./worker ./starter

FROM build AS build-sandbox
COPY sandbox sandbox
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/go/cache \
    go build -C sandbox -trimpath -buildvcs=false -ldflags "-s -w" -o /out/ ./simulators

FROM scratch AS sandbox
COPY --from=build-sandbox /out/simulators /simulators
USER 65532:65532
EXPOSE 8080 8082
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/simulators", "--healthcheck"]
ENTRYPOINT ["/simulators"]

FROM scratch AS worker
ARG VERSION=unknown
LABEL org.opencontainers.image.title="counterparty-sync" \
      org.opencontainers.image.description="Keeps the counterparties in Alfresco true to the public registers" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/worker /worker
COPY --from=build /out/starter /starter
# 90 % of the 512 MB that docker-compose.yml and the systemd unit set: near it Go collects garbage in time, and the rest is for
# what Go doesn't count. Whoever sets another limit sets this one with it; without a limit it does no harm.
ENV GOMEMLIMIT=460MiB
USER 65532:65532
# Who may come in is decided where the port is published.
ENV HTTP_ADDR=:8080
EXPOSE 8080
# Readiness: Temporal answers and the worker polls. Alfresco's or Kontur.Focus's trouble is no reason to restart.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["/worker", "--healthcheck"]
ENTRYPOINT ["/worker"]
