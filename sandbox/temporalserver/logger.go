package temporalserver

import (
	"fmt"

	"go.temporal.io/server/common/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// serverLogger is the log of the server; nil means none. Where the server would end the process, it panics instead, so
// that Start can make an error of it.
func serverLogger(l *zap.Logger) log.Logger {
	if l == nil {
		l = zap.New(fatalOnly{})
	}
	return log.NewZapLogger(l.WithOptions(zap.WithFatalHook(panicHook{})))
}

// fatalOnly writes nothing. It must not say that fatal is off, or the server goes on after what it can't survive.
type fatalOnly struct{}

var _ zapcore.Core = fatalOnly{}

// Enabled implements zapcore.Core.
func (fatalOnly) Enabled(level zapcore.Level) bool { return level >= zapcore.FatalLevel }

// With implements zapcore.Core.
func (c fatalOnly) With([]zapcore.Field) zapcore.Core { return c }

// Check implements zapcore.Core.
func (c fatalOnly) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

// Write implements zapcore.Core.
func (fatalOnly) Write(zapcore.Entry, []zapcore.Field) error { return nil }

// Sync implements zapcore.Core.
func (fatalOnly) Sync() error { return nil }

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
