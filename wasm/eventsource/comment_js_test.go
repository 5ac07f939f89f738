//go:build js && wasm

package eventsource_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/wasm/eventsource"
)

// TestCommentsInBrowser holds that comments keep their place over fetch, in a stream
// that comes at once.
func TestCommentsInBrowser(t *testing.T) {
	var text strings.Builder
	var want []string
	for n := range 200 {
		fmt.Fprintf(&text, ":%d\nevent: n\ndata: %d\n\n", n, n)
		want = append(want, fmt.Sprintf("c%d", n), fmt.Sprint(n))
	}
	var got []string // of one thread
	src, err := eventsource.Open(t.Context(), stream(text.String()), &eventsource.Options{
		OnComment: func(comment string) { got = append(got, "c"+comment) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for ev, err := range subscribeTo(t, src, "n").Events() {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, fmt.Sprint(ev.Data)); ev.Data == 199 {
			break
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
