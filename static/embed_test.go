package static

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestFilesHoldThePage(t *testing.T) {
	files := Files()
	for _, name := range []string{"index.html", "style.css", "boot.js"} {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			t.Error(err)
		} else if len(content) == 0 {
			t.Errorf("%s: got an empty file, want content", name)
		}
	}
	if _, err := fs.Stat(files, ".keep"); err != nil { // dist stands in the same root
		t.Error(err)
	}
}

func TestUnion(t *testing.T) {
	u := union{
		fstest.MapFS{"a": {Data: []byte("first a")}, "c": {Data: []byte("c")}},
		fstest.MapFS{"a": {Data: []byte("second a")}, "b": {Data: []byte("b")}, "dir/d": {Data: []byte("d")}},
	}
	if err := fstest.TestFS(u, "a", "b", "c", "dir/d"); err != nil {
		t.Error(err)
	}
	content, err := fs.ReadFile(u, "a")
	if err != nil || string(content) != "first a" {
		t.Errorf("a name that both have: got %q, %v, want %q", content, err, "first a")
	}
	if _, err := fs.Stat(u, "nothing"); err == nil {
		t.Error("a name that none has: got no error, want one")
	}
}
