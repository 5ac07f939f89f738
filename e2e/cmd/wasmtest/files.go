//go:build !js

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// files does for the tests what they ask of package os.
type files struct {
	mu   sync.Mutex
	open map[int]*os.File
	next int
}

// newFiles returns files with nothing open. The numbers after those of the
// standard streams are its own.
func newFiles() *files { return &files{open: make(map[int]*os.File), next: 3} }

// fileCall is one operation, named as in Node's fs, with the arguments that it
// takes.
type fileCall struct {
	Op       string
	Path, To string
	FD       int
	Flags    int
	Perm     uint32
	Size     int64
	Position *int64 // nil: where the last operation ended
	Accessed int64  // seconds
	Modified int64  // seconds
}

// fileReply is its result: a value, or the name of the system's error.
type fileReply struct {
	Code  string `json:"code,omitempty"`
	Value any    `json:"value"`
}

func (f *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	allowPage(w)
	var call fileCall
	if err := json.Unmarshal([]byte(r.URL.Query().Get("call")), &call); err != nil {
		http.Error(w, fmt.Sprintf("reading the file operation: %v", err), http.StatusBadRequest)
		return
	}
	value, err := f.do(call, r.Body)
	json.NewEncoder(w).Encode(fileReply{Code: errorCode(err), Value: value})
}

func (f *files) do(c fileCall, body io.Reader) (any, error) {
	switch c.Op {
	case "open":
		return f.openFile(c)
	case "close", "fstat", "read", "write", "fsync", "ftruncate", "fchmod":
		return f.onOpen(c, body)
	case "stat":
		return statValue(os.Stat(c.Path))
	case "lstat":
		return statValue(os.Lstat(c.Path))
	case "readdir":
		return names(c.Path)
	case "mkdir":
		return nil, os.Mkdir(c.Path, fs.FileMode(c.Perm&0o777))
	case "unlink":
		return nil, unlink(c.Path)
	case "rmdir":
		return nil, rmdir(c.Path)
	case "rename":
		return nil, os.Rename(c.Path, c.To)
	case "link":
		return nil, os.Link(c.Path, c.To)
	case "symlink":
		return nil, os.Symlink(c.Path, c.To)
	case "readlink":
		return os.Readlink(c.Path)
	case "chmod":
		return nil, os.Chmod(c.Path, fs.FileMode(c.Perm&0o777))
	case "truncate":
		return nil, os.Truncate(c.Path, c.Size)
	case "utimes":
		return nil, os.Chtimes(c.Path, time.Unix(c.Accessed, 0), time.Unix(c.Modified, 0))
	case "clean":
		return filepath.Clean(c.Path), nil
	}
	return nil, syscall.ENOSYS
}

// The flags as files.js tells them to the program.
const (
	writeOnly = 1 << iota
	readWrite
	create
	exclusive
	truncate
	appending
	directory
)

func (f *files) openFile(c fileCall) (any, error) {
	flags := os.O_RDONLY
	for told, flag := range map[int]int{
		writeOnly: os.O_WRONLY, readWrite: os.O_RDWR, create: os.O_CREATE,
		exclusive: os.O_EXCL, truncate: os.O_TRUNC, appending: os.O_APPEND,
	} {
		if c.Flags&told != 0 {
			flags |= flag
		}
	}
	file, err := os.OpenFile(c.Path, flags, fs.FileMode(c.Perm&0o777))
	if err != nil {
		return nil, err
	}
	if c.Flags&directory != 0 {
		if info, err := file.Stat(); err != nil || !info.IsDir() {
			file.Close()
			return nil, syscall.ENOTDIR
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	fd := f.next
	f.next++
	f.open[fd] = file
	return fd, nil
}

// onOpen does what concerns an open file.
func (f *files) onOpen(c fileCall, body io.Reader) (any, error) {
	if c.Op == "read" && c.FD == 0 {
		return []byte{}, nil // the end of a standard input that the tests do not have
	}
	f.mu.Lock()
	file, ok := f.open[c.FD]
	if c.Op == "close" {
		delete(f.open, c.FD)
	}
	f.mu.Unlock()
	if !ok {
		return nil, syscall.EBADF
	}
	switch c.Op {
	case "close":
		return nil, file.Close()
	case "fstat":
		return statValue(file.Stat())
	case "read":
		return read(file, c)
	case "write":
		return write(file, c, body)
	case "fsync":
		return nil, file.Sync()
	case "ftruncate":
		return nil, file.Truncate(c.Size)
	default:
		return nil, file.Chmod(fs.FileMode(c.Perm & 0o777))
	}
}

// maxRead bounds what one read returns; readers ask again for more.
const maxRead = 1 << 20

// read returns bytes, which JSON carries as base64.
func read(file *os.File, c fileCall) (any, error) {
	p := make([]byte, min(c.Size, maxRead))
	var n int
	var err error
	if c.Position == nil {
		n, err = file.Read(p)
	} else {
		n, err = file.ReadAt(p, *c.Position)
	}
	if errors.Is(err, io.EOF) {
		err = nil // the program sees the end in that nothing was read
	}
	return p[:n], err
}

func write(file *os.File, c fileCall, body io.Reader) (any, error) {
	p, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	if c.Position == nil {
		return file.Write(p)
	}
	return file.WriteAt(p, *c.Position)
}

func names(path string) ([]string, error) {
	entries, err := os.ReadDir(path)
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, err
}

// unlink and rmdir refuse what os.Remove takes for the other: os.Remove in the
// program tries both in turn and reads the errors.
func unlink(path string) error {
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		return syscall.EISDIR
	}
	return os.Remove(path)
}

func rmdir(path string) error {
	if info, err := os.Lstat(path); err == nil && !info.IsDir() {
		return syscall.ENOTDIR
	}
	return os.Remove(path)
}

// Types of files in the mode, as the program's package syscall has them.
const (
	modeDirectory = 0o040000
	modeRegular   = 0o100000
	modeLink      = 0o120000
	modePipe      = 0o010000
	modeSocket    = 0o140000
	modeDevice    = 0o020000
)

func statValue(info fs.FileInfo, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	device, number := identity(info)
	return map[string]any{
		"dev": device, "ino": number, "mode": mode(info.Mode()), "size": info.Size(),
		"modified": info.ModTime().UnixMilli(), "directory": info.IsDir(),
	}, nil
}

func mode(m fs.FileMode) uint32 {
	permissions := uint32(m.Perm())
	switch {
	case m.IsRegular():
		return permissions | modeRegular
	case m.IsDir():
		return permissions | modeDirectory
	case m&fs.ModeSymlink != 0:
		return permissions | modeLink
	case m&fs.ModeNamedPipe != 0:
		return permissions | modePipe
	case m&fs.ModeSocket != 0:
		return permissions | modeSocket
	}
	return permissions | modeDevice
}

// errorCode returns the name that the program's package syscall has for err, ""
// for nil.
func errorCode(err error) string {
	if err == nil {
		return ""
	}
	for _, known := range []struct {
		err  error
		code string
	}{
		{syscall.ENOENT, "ENOENT"}, {syscall.EEXIST, "EEXIST"}, {syscall.EACCES, "EACCES"},
		{syscall.EPERM, "EPERM"}, {syscall.ENOTDIR, "ENOTDIR"}, {syscall.EISDIR, "EISDIR"},
		{syscall.ENOTEMPTY, "ENOTEMPTY"}, {syscall.EINVAL, "EINVAL"}, {syscall.EBADF, "EBADF"},
		{syscall.ENOSYS, "ENOSYS"}, {syscall.ELOOP, "ELOOP"}, {syscall.ENOSPC, "ENOSPC"},
		{syscall.EXDEV, "EXDEV"}, {syscall.EROFS, "EROFS"}, {syscall.ENAMETOOLONG, "ENAMETOOLONG"},
		{fs.ErrNotExist, "ENOENT"}, {fs.ErrExist, "EEXIST"}, {fs.ErrPermission, "EACCES"},
		{fs.ErrClosed, "EBADF"},
	} {
		if errors.Is(err, known.err) {
			return known.code
		}
	}
	return "EIO"
}
