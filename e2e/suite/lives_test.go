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
	for handled := 0; ; {
		conn := stream.Accept(t.Context())
		if handled > 0 {
			expect(t, "place", place(conn), handled)
		}
		if handled == count {
			page.Navigate(v.scenario("live", told...)) // which leaves nothing behind
			expect(t, "place", place(stream.Accept(t.Context())), handled)
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
