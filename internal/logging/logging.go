// Package logging makes the process's zap logger and lends it to the Temporal SDK.
//
// Workflow and activity code logs through the SDK's own loggers, never through this one: those know about replay.
package logging

import (
	"io"

	"go.temporal.io/sdk/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"counterparty-sync/internal/invalid"
)

// New returns a logger that writes to w. The level is debug, info, warn or error; the format is json, or console for
// people. Errors are of type invalid.Errors.
func New(w io.Writer, level, format string) (*zap.Logger, error) {
	var l invalid.List
	var threshold zapcore.Level
	if err := threshold.UnmarshalText([]byte(level)); err != nil || threshold < zap.DebugLevel || threshold > zap.ErrorLevel {
		l.Add("LOG_LEVEL", level, "debug, info, warn or error")
	}
	var encoder zapcore.Encoder
	switch format {
	case "json":
		config := zap.NewProductionEncoderConfig()
		config.TimeKey, config.EncodeTime = "time", zapcore.RFC3339NanoTimeEncoder
		config.EncodeDuration = zapcore.StringDurationEncoder
		encoder = zapcore.NewJSONEncoder(config)
	case "console":
		config := zap.NewDevelopmentEncoderConfig()
		config.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		encoder = zapcore.NewConsoleEncoder(config)
	default:
		l.Add("LOG_FORMAT", format, "json or console")
	}
	if err := l.Err(); err != nil {
		return nil, err
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), threshold), zap.AddCaller()), nil
}

// Adapter is a zap logger in the shape that the Temporal SDK wants. Its With and WithCallerSkip return the interface:
// with the concrete type the SDK would not recognise them, and would wrap the logger so that callers come out wrong.
type Adapter struct{ sugar *zap.SugaredLogger }

var (
	_ log.Logger          = (*Adapter)(nil)
	_ log.WithLogger      = (*Adapter)(nil)
	_ log.WithSkipCallers = (*Adapter)(nil)
)

// NewAdapter wraps logger.
func NewAdapter(logger *zap.Logger) *Adapter {
	return &Adapter{sugar: logger.WithOptions(zap.AddCallerSkip(1)).Sugar()}
}

// Debug implements log.Logger.
func (a *Adapter) Debug(msg string, keyvals ...any) { a.sugar.Debugw(msg, keyvals...) }

// Info implements log.Logger.
func (a *Adapter) Info(msg string, keyvals ...any) { a.sugar.Infow(msg, keyvals...) }

// Warn implements log.Logger.
func (a *Adapter) Warn(msg string, keyvals ...any) { a.sugar.Warnw(msg, keyvals...) }

// Error implements log.Logger.
func (a *Adapter) Error(msg string, keyvals ...any) { a.sugar.Errorw(msg, keyvals...) }

// With implements log.WithLogger.
func (a *Adapter) With(keyvals ...any) log.Logger { return &Adapter{sugar: a.sugar.With(keyvals...)} }

// WithCallerSkip implements log.WithSkipCallers.
func (a *Adapter) WithCallerSkip(depth int) log.Logger {
	return &Adapter{sugar: a.sugar.WithOptions(zap.AddCallerSkip(depth))}
}
