//go:build !unix && !js

package main

import (
	"hash/fnv"
	"io/fs"
)

// identity returns what os.SameFile tells files apart by: here its name, size
// and time have to do.
func identity(info fs.FileInfo) (device, number uint64) {
	sum := fnv.New32a()
	sum.Write([]byte(info.Name() + info.ModTime().String()))
	return 0, uint64(sum.Sum32())<<20 + uint64(info.Size())&0xfffff
}
