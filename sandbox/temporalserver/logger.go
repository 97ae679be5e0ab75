package temporalserver

import (
	"fmt"
	"io"

	"go.temporal.io/server/common/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// serverLogger is the log of the server; nil means none. Where the server would end the process, it panics instead, so
// that Start can make an error of it.
func serverLogger(l *zap.Logger) log.Logger {
	if l == nil {
		// It writes nothing, and says that fatal is on: or the server goes on after what it can't survive.
		l = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), zapcore.AddSync(io.Discard), zapcore.FatalLevel))
	}
	return log.NewZapLogger(l.WithOptions(zap.WithFatalHook(panicHook{})))
}

// panicHook panics with the message and the error of the entry.
type panicHook struct{}

var _ zapcore.CheckWriteHook = panicHook{}

// OnWrite implements zapcore.CheckWriteHook.
func (panicHook) OnWrite(ce *zapcore.CheckedEntry, fields []zapcore.Field) {
	for _, f := range fields {
		if err, ok := f.Interface.(error); ok {
			panic(fmt.Errorf("%s: %w", ce.Message, err))
		}
	}
	panic(ce.Message)
}
