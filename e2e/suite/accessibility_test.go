//go:build !js

package suite

import "testing"

// TestDemoAccessible holds that the demo is as WCAG 2.2 wants it at level AA, as
// far as a program can tell: narrow and wide, light and dark, with a stream that
// runs, events in every list and a problem told.
func TestDemoAccessible(t *testing.T) {
	t.Parallel()
	page := openDemo(t, serveDemo(t))
	page.Type("#notice-text", "Read me")
	page.Press("Enter")
	page.WaitTextContains("#notices li", "Read me")
	page.Type("#notice-text", "   ")
	page.Press("Enter")
	page.WaitTextContains("#notice-problem", "Write something first")
	page.Click("#malformed")
	page.WaitExpression(`document.querySelector("#log li[data-decoded=false]") !== null`)
	page.WaitExpression(`document.querySelectorAll("#processes-body tr").length > 0`)
	for _, width := range []int{360, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			t.Logf("%d px, %s", width, scheme)
			page.Viewport(width, 800)
			page.ColorScheme(scheme)
			waitMore(page)
			page.CheckAccessibility()
		}
	}
	page.Click("#close")
	page.WaitText("#state", "closed: by this page")
	page.CheckAccessibility()
}
