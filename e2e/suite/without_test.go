//go:build !js

package suite

import "io/fs"

// without is a file system that lacks one file.
type without struct {
	fs.FS
	name string
}

// Open opens any other file.
func (w without) Open(name string) (fs.File, error) {
	if name == w.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return w.FS.Open(name)
}
