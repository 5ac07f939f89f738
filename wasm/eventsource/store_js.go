//go:build js && wasm

package eventsource

import "github.com/runnel-go/runnel/jsbridge"

// storePrefix begins the keys in the browser's storage; the URL follows.
const storePrefix = "runnel.lastEventID "

// SessionStore returns a Store that lives as long as the tab, over reloads: the
// browser's sessionStorage. There is none in a worker.
func SessionStore() (Store, error) { return newBrowserStore(jsbridge.SessionStorage()) }

// LocalStore returns a Store that all tabs of the origin share and that outlives
// them: the browser's localStorage. There is none in a worker.
func LocalStore() (Store, error) { return newBrowserStore(jsbridge.LocalStorage()) }

type browserStore struct{ storage *jsbridge.Storage }

func newBrowserStore(storage *jsbridge.Storage, err error) (Store, error) {
	if err != nil {
		return nil, err
	}
	return browserStore{storage}, nil
}

func (b browserStore) Load(url string) (string, error) {
	id, _, err := b.storage.Get(storePrefix + url)
	return id, err
}

func (b browserStore) Save(url, lastEventID string) error {
	return b.storage.Set(storePrefix+url, lastEventID)
}

// keepWithPage has the Store know the present place when the page may be at its end:
// once it is hidden, a phone may end it without a further word.
func (s *Source) keepWithPage() (err error) {
	s.keeper.unfollow, err = jsbridge.WatchLifecycle(func(event jsbridge.LifecycleEvent) {
		switch event {
		case jsbridge.Hidden, jsbridge.Frozen, jsbridge.Stored, jsbridge.Left:
			s.guard(s.keepNow)
		}
	})
	return err
}
