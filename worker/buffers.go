package main

import (
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/mem"
)

// What is sent to Temporal and comes from there goes through buffers that gRPC keeps, and its own are of 32 KiB or of 1 MiB. A batch
// has some 100 KiB on the way, so that sixteen of them took 16 MiB. It can be changed while the process starts only.
func init() {
	if pool, err := mem.NewBinaryTieredBufferPool(8, 12, 14, 15, 16, 17, 18, 19, 20); err == nil {
		experimental.SetDefaultBufferPool(pool)
	}
}
