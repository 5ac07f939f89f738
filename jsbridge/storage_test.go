//go:build js && wasm

package jsbridge

import (
	"errors"
	"strings"
	"testing"

	"github.com/hack-pad/safejs"
)

// storages are the constructors, by the name of the property they read.
var storages = map[string]func() (*Storage, error){
	"sessionStorage": SessionStorage,
	"localStorage":   LocalStorage,
}

// forEachStorage runs a test with each storage, empty before and after. In a
// worker, which has none, it checks that the errors say so.
func forEachStorage(t *testing.T, test func(t *testing.T, s *Storage)) {
	t.Helper()
	for name, open := range storages {
		t.Run(name, func(t *testing.T) {
			s, err := open()
			if !inPage() {
				if err == nil || !strings.Contains(err.Error(), "no "+name) {
					t.Errorf("got %v in a worker, want an error that says there is no %s", err, name)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			clearAll := func() {
				if _, err := s.value.Call("clear"); err != nil {
					t.Error(err)
				}
			}
			clearAll()
			t.Cleanup(clearAll)
			test(t, s)
		})
	}
}

// wantItem checks what a key holds.
func wantItem(t *testing.T, s *Storage, key, want string, wantOK bool) {
	t.Helper()
	if got, ok, err := s.Get(key); err != nil || ok != wantOK || got != want {
		t.Errorf("key %.20q: got %.40q, %v, %v, want %.40q, %v", key, got, ok, err, want, wantOK)
	}
}

func TestStorage(t *testing.T) {
	forEachStorage(t, func(t *testing.T, s *Storage) {
		wantItem(t, s, "k", "", false)
		for _, value := range []string{"one", "", "two"} {
			if err := s.Set("k", value); err != nil {
				t.Fatal(err)
			}
			wantItem(t, s, "k", value, true)
		}
		again, err := storages[t.Name()[len("TestStorage/"):]]()
		if err != nil {
			t.Fatal(err)
		}
		wantItem(t, again, "k", "two", true)
		for range 2 {
			if err := s.Remove("k"); err != nil {
				t.Error(err)
			}
			wantItem(t, s, "k", "", false)
		}
	})
}

func TestStorageText(t *testing.T) {
	tests := []struct {
		name, in, want string
	}{
		{"empty", "", ""},
		{"characters", "é ☃ 🙂", "é ☃ 🙂"},
		{"NUL and line ends", "a\x00b\r\nc", "a\x00b\r\nc"},
		{"byte order mark", "\ufeffa", "\ufeffa"},
		{"two byte order marks", "\ufeff\ufeffa", "\ufeff\ufeffa"},
		{"byte order mark only", "\ufeff", "\ufeff"},
		{"byte order mark later", "a\ufeff", "a\ufeff"},
		{"not UTF-8", "a\xffb", "a\ufffdb"},
		{"a method's name", "getItem", "getItem"},
		{"a property's name", "length", "length"},
	}
	forEachStorage(t, func(t *testing.T, s *Storage) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				if err := s.Set(test.in, test.in); err != nil {
					t.Fatal(err)
				}
				wantItem(t, s, test.in, test.want, true)
				// Not only do Get and Set agree: JavaScript has the same text.
				first, err := s.value.Call("key", 0)
				if err != nil {
					t.Fatal(err)
				}
				if key, err := first.String(); err != nil || key != test.want {
					t.Errorf("got key %q, %v, want %q", key, err, test.want)
				}
				if err := s.Remove(test.in); err != nil {
					t.Error(err)
				}
				wantItem(t, s, test.in, "", false)
			})
		}
	})
}

// TestStorageUnpaired reads what only JavaScript can have put there: half of a
// surrogate pair.
func TestStorageUnpaired(t *testing.T) {
	forEachStorage(t, func(t *testing.T, s *Storage) {
		half, err := globalOrFail(t, "String").Call("fromCharCode", 'a', 0xd83d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.value.Call("setItem", "k", half); err != nil {
			t.Fatal(err)
		}
		wantItem(t, s, "k", "a\ufffd", true)
	})
}

func TestStorageQuota(t *testing.T) {
	tooMuch := strings.Repeat("x", 11<<20)
	forEachStorage(t, func(t *testing.T, s *Storage) {
		if err := s.Set("k", "small"); err != nil {
			t.Fatal(err)
		}
		for key, value := range map[string]string{"k": tooMuch, tooMuch: ""} {
			if err := s.Set(key, value); !errors.Is(err, &Error{Name: "QuotaExceededError"}) {
				t.Errorf("got %v, want a QuotaExceededError", err)
			}
		}
		wantItem(t, s, "k", "small", true)
		if err := s.Set("k", "smaller"); err != nil {
			t.Errorf("got %v of what fits, want no error", err)
		}
	})
}

// forbidden returns a function of the browser's own that throws a SecurityError:
// it reads a property of a frame whose sandbox gives it an origin of its own.
func forbidden(t *testing.T, property string) safejs.Value {
	t.Helper()
	doc, host, _ := testDocument(t)
	frame := doc.CreateElement("iframe")
	frame.SetAttribute("sandbox", "")
	host.Append(frame)
	window, err := frame.value.Get("contentWindow")
	if err != nil {
		t.Fatal(err)
	}
	get, err := boundMethod(globalOrFail(t, "Reflect"), "get", window, property)
	if err != nil {
		t.Fatal(err)
	}
	return get
}

func TestStorageForbidden(t *testing.T) {
	forEachStorage(t, func(t *testing.T, s *Storage) {
		name := t.Name()[len("TestStorageForbidden/"):]
		throws := forbidden(t, name)
		override(t, safejs.Global(), name, map[string]any{"get": throws})
		if _, err := storages[name](); !errors.Is(err, &Error{Name: "SecurityError"}) {
			t.Errorf("got %v, want a SecurityError", err)
		}
		// Permission can also be taken back later.
		prototype, err := prototypeOf("Storage")
		if err != nil {
			t.Fatal(err)
		}
		for method, use := range map[string]func() error{
			"getItem":    func() error { _, _, err := s.Get("k"); return err },
			"setItem":    func() error { return s.Set("k", "v") },
			"removeItem": func() error { return s.Remove("k") },
		} {
			restore := override(t, prototype, method, map[string]any{"value": throws})
			if err := use(); !errors.Is(err, &Error{Name: "SecurityError"}) {
				t.Errorf("%s: got %v, want a SecurityError", method, err)
			}
			restore()
		}
	})
}

func TestStorageTurnedOff(t *testing.T) {
	forEachStorage(t, func(t *testing.T, _ *Storage) {
		name := t.Name()[len("TestStorageTurnedOff/"):]
		override(t, safejs.Global(), name, map[string]any{"value": nil})
		if _, err := storages[name](); err == nil || !strings.Contains(err.Error(), "no "+name) {
			t.Errorf("got %v, want an error that says there is no %s", err, name)
		}
	})
}
