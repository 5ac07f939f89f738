//go:build !js

package suite

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
)

// TestLives lives through several lives of a page that handles a few of many events
// in each. Nothing of what was queued is lost by a reload, and only the event comes
// again that the loop had in hand, whether or not the program is told that the page
// ends.
func TestLives(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		t.Run("told", func(t *testing.T) { lives(t, v) })
		t.Run("unaware", func(t *testing.T) { lives(t, v, "unaware", "") })
	})
}

func lives(t *testing.T, v variant, pairs ...string) {
	const count, handles = 30, 7
	site := e2e.Serve(t, v.app)
	stream := site.Stream("/events")
	told := []string{"store", "", "handles", strconv.Itoa(handles)}
	page := site.Open(v.scenario("live", append(pairs, told...)...))
	// A page that is not told of its end may still ask once, after what had arrived, while
	// the browser takes it away. The request that counts is the next life's.
	accept := func(handled int) *e2e.Conn {
		t.Helper()
		want := ""
		if handled > 0 {
			want = strconv.Itoa(handled)
		}
		return stream.AcceptWhere(t.Context(), func(r e2e.Request) error {
			if got := place(&e2e.Conn{Request: r}); got != want {
				return fmt.Errorf("got the place %q, want %q", got, want)
			}
			return nil
		})
	}
	for handled := 0; ; {
		conn := accept(handled)
		if handled == count {
			page.Navigate(v.scenario("live", told...)) // which leaves nothing behind
			accept(handled)
			return
		}
		var text strings.Builder
		for n := handled + 1; n <= count; n++ {
			fmt.Fprintf(&text, "id: %d\ndata: %d\n\n", n, n)
		}
		conn.Raw(text.String())
		comes := min(handles+1, count-handled) // the last of a life stays in hand
		var want []string
		for n := range comes {
			want = append(want, fmt.Sprintf("%d/message/%[1]d", handled+1+n))
		}
		expect(t, "events", waitEvents(page, comes), want)
		handled += min(handles, comes)
		page.Reload()
		conn.WaitGone(t.Context())
	}
}
