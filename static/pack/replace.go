package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
)

// keepCurrent makes content the file's, and reports whether it had to write.
func keepCurrent(file string, content []byte) (wrote bool, err error) {
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, content) {
		return false, nil
	}
	return true, replace(file, content)
}

// replace writes the file whole or not at all: a reader, or a build that is
// interrupted here, finds the old content or the new.
func replace(file string, content []byte) (err error) {
	// The dot keeps a leftover of a killed run from being served.
	temporary, err := os.CreateTemp(filepath.Dir(file), ".pack-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Chmod(0o644), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), file)
}
