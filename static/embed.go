// Package static holds the files of the demo's page: those written by hand
// beside this file, and those that make build puts into dist — the wasm program,
// Go's wasm_exec.js, and their compressed forms.
package static

import (
	"embed"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
)

//go:embed index.html style.css boot.js
var page embed.FS

// all: takes dist/.keep in, so that the package compiles before the first build.
//
//go:embed all:dist
var built embed.FS

// Files returns the page and what was built for it as one file system with a
// single root. Before the first make build it holds the page only.
func Files() fs.FS {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path: it cannot happen
	}
	return union{page, dist}
}

// union shows several file systems as one. In its root the names of all of them
// stand together; a name that several have is the first one's.
type union []fs.FS

func (u union) Open(name string) (fs.File, error) {
	if name == "." {
		return u.openRoot()
	}
	for _, files := range u {
		file, err := files.Open(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (u union) openRoot() (fs.File, error) {
	first, err := u[0].Open(".")
	if err != nil {
		return nil, err
	}
	entries, err := u.rootEntries()
	if err != nil {
		return nil, errors.Join(err, first.Close())
	}
	return &root{first, entries}, nil
}

func (u union) rootEntries() ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	for _, files := range u {
		entries, err := fs.ReadDir(files, ".")
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	byName := func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) }
	slices.SortStableFunc(all, byName)
	return slices.CompactFunc(all, func(a, b fs.DirEntry) bool { return byName(a, b) == 0 }), nil
}

// root is the directory open as ".".
type root struct {
	fs.File
	unread []fs.DirEntry
}

// ReadDir is [fs.ReadDirFile]'s.
func (r *root) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(r.unread)
	} else if len(r.unread) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(r.unread))
	entries := r.unread[:n]
	r.unread = r.unread[n:]
	return entries, nil
}
