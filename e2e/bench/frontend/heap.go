//go:build js && wasm

package main

import "runtime"

// heap is what Go holds, in bytes.
type heap struct {
	Live uint64 `json:"live"` // objects, after a collection
	Sys  uint64 `json:"sys"`  // what the heap has taken of the memory, which is never given back
}

func measureHeap() *heap {
	runtime.GC()
	runtime.GC() // what the first one has finalized is free after the second
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return &heap{Live: memory.HeapAlloc, Sys: memory.HeapSys}
}
