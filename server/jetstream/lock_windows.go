package jetstream

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile opens the file, which it makes if need be, so that nobody else can
// until it is closed, or the process has ended however that came about.
func lockFile(name string) (*os.File, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	const shared = 0
	handle, err := windows.CreateFile(path, windows.GENERIC_READ|windows.GENERIC_WRITE, shared, nil,
		windows.OPEN_ALWAYS, windows.FILE_ATTRIBUTE_NORMAL, 0)
	switch err {
	case nil:
		return os.NewFile(uintptr(handle), name), nil
	case windows.ERROR_SHARING_VIOLATION:
		return nil, errLocked
	default:
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
}
