# The worker and the starter as static binaries on an empty image: no shell, no root, CA certificates and time zones.
#
#   docker build -t counterparty-sync .
#   docker run --rm --entrypoint /starter counterparty-sync --help
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/worker ./worker \
 && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/starter ./starter

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/worker /worker
COPY --from=build /out/starter /starter
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/worker"]
