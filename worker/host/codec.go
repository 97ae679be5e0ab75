package host

import (
	"context"
	"time"

	"go.uber.org/zap"

	"counterparty-sync/internal/codecserver"
	"counterparty-sync/internal/inbound"
)

// codecLimits keep one caller from holding the listener up.
var codecLimits = inbound.Limits{Connections: 64, Read: 15 * time.Second, Write: 30 * time.Second, Idle: 2 * time.Minute, HeaderBytes: 32 << 10}

// serveCodec decodes for people until ctx ends. Without an address it does nothing.
func serveCodec(ctx context.Context, o Options) error {
	if o.CodecAddr == "" {
		return nil
	}
	options := codecserver.Options{Codec: o.Payloads, Namespace: o.Namespace, Origins: o.CodecOrigins, Token: o.CodecToken, Now: time.Now, Log: o.Log}
	if o.CodecAccessTokens {
		options.MayRead = o.MayRead
	}
	server, err := serve(o, "CODEC_ADDR", o.CodecAddr, codecserver.New(options), codecLimits, nil, func(err error) {
		o.Log.Error("payloads are no longer decoded for people", zap.Error(err))
	})
	if err != nil {
		return err
	}
	o.Log.Info("payloads are decoded for people", zap.String("address", server.Addr().String()))
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return nil
}
