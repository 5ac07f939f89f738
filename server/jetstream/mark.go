package jetstream

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// mark is the highest number of a log that anybody was told of: as an
// acknowledgement, or with a record. The log itself may lose its end, to damage
// or to a power cut, and would then give the same numbers again; the mark, kept
// apart from it in a directory, gives that away.
//
// It is written each time it rises, into the operating system's cache: as safe
// from the end of this process as the log is, for about a microsecond.
type mark struct {
	number atomic.Uint64

	mu   sync.Mutex
	file *os.File // nil if it is in memory only
	name string   // the log's
	err  error    // why the file does not have it
}

const (
	markSuffix = ".mark"
	markFormat = "%s %020d\n" // the log's name, the number; always as long
)

func markPath(dir, feed string) string { return filepath.Join(dir, feed+markSuffix) }

// readMark returns what the mark of a feed says: no name if there is none.
func readMark(dir, feed string) (name string, number uint64, err error) {
	path := markPath(dir, feed)
	text, err := os.ReadFile(path)
	// An empty file is one that a power cut left behind as it was being made.
	if os.IsNotExist(err) || err == nil && len(text) == 0 {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	if n, err := fmt.Sscanf(string(text), "%s %d", &name, &number); n != 2 || err != nil || fmt.Sprintf(markFormat, name, number) != string(text) {
		return "", 0, damaged("%s is damaged: it has %q", path, text)
	}
	return name, number, nil
}

// openMark begins to keep the mark of a log in dir.
func openMark(dir, feed, name string, number uint64) (*mark, error) {
	file, err := os.OpenFile(markPath(dir, feed), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	m := &mark{file: file, name: name}
	if err := m.write(number); err != nil {
		file.Close()
		return nil, err
	}
	if err := file.Sync(); err != nil {
		file.Close()
		return nil, err
	}
	m.number.Store(number)
	return m, nil
}

// raise says that somebody is being told of number.
func (m *mark) raise(number uint64) {
	if number <= m.number.Load() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if number <= m.number.Load() {
		return
	}
	if m.file != nil {
		m.err = m.write(number)
	}
	m.number.Store(number)
}

func (m *mark) write(number uint64) error {
	_, err := m.file.WriteAt(fmt.Appendf(nil, markFormat, m.name, number), 0)
	return err
}

// fault reports why the mark is not where it should be.
func (m *mark) fault() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

func (m *mark) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.file != nil {
		m.file.Close()
		m.file = nil
	}
}
