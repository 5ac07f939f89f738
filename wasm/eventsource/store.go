package eventsource

import "strings"

// Store keeps last event IDs where they outlive the program, so that a page which
// is loaded again resumes where it was. SessionStore and LocalStore are the
// browser's own.
type Store interface {
	// Load returns the last event ID that was saved for a stream, "" where
	// there is none. It is called once, by [Open].
	Load(url string) (lastEventID string, err error)
	// Save keeps the last event ID of a stream. It is called after what has
	// arrived at a time and brought a new one, possibly inside a JavaScript
	// callback: it must not block.
	Save(url, lastEventID string) error
}

// keeper has a Store follow a Source. An error of the Store is told once, in
// [Source.States]; it is not the stream's end.
type keeper struct {
	store  Store
	url    string
	kept   string
	failed bool
}

// load returns where to begin.
func (k *keeper) load() (lastEventID string, err error) {
	if k.store == nil {
		return "", nil
	}
	id, err := k.store.Load(k.url)
	if err == nil {
		err = checkLastEventID(id)
	}
	if err != nil {
		return "", k.once(err)
	}
	k.kept = id
	return id, nil
}

// checkLastEventID returns an error for what no event stream can have given
// (HTML standard, 9.2.6); it would break up the header, and a batch's fields.
func checkLastEventID(id string) error {
	if strings.ContainsAny(id, "\x00\r\n") {
		return errLastEventID
	}
	return nil
}

// save keeps an ID, unless it is what was kept last.
func (k *keeper) save(lastEventID string) error {
	if k.store == nil || lastEventID == k.kept {
		return nil
	}
	err := k.store.Save(k.url, lastEventID)
	if err == nil {
		k.kept = lastEventID
	}
	return k.once(err)
}

// once returns the first error only.
func (k *keeper) once(err error) error {
	if err == nil || k.failed {
		return nil
	}
	k.failed = true
	return err
}
