// Package pages holds tests that must fail because of what a page does not have
// or cannot do. They are run by the harness's own tests, in a process of their
// own.
package pages

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/runnel-go/runnel/e2e"
)

// brief bounds a wait for what does not come. What has to come first has the time that
// it needs.
const brief = 300 * time.Millisecond

func TestMain(m *testing.M) { e2e.Main(m) }

// open opens a page with the body, and has what is waited for next not come for long.
func open(t *testing.T, body string) *e2e.Page {
	t.Helper()
	t.Parallel()
	site := e2e.Serve(t, e2e.App{Page: fstest.MapFS{
		"index.html": {Data: []byte(`<!doctype html><title>t</title><link rel="icon" href="data:,">` + body)},
	}})
	p := site.Open("/?here")
	p.SetTimeout(brief)
	return p
}

const form = `<a href="#">Save as</a><input aria-label="Name"><button>Cancel</button><button id="save">Save it</button>`

func TestNoRole(t *testing.T) { open(t, form).Click(e2e.Role("button", "Save")) }

func TestNoNames(t *testing.T) { open(t, `<p>text`).WaitText(e2e.Role("button", ""), "Save") }

func TestSeveral(t *testing.T) {
	open(t, `<button id="a">Send</button><button id="b">Send</button>`).Click(e2e.Role("button", "Send"))
}

func TestCoveredInShadow(t *testing.T) {
	p := open(t, `<div id="host"></div>`)
	p.Run(`document.querySelector("#host").attachShadow({mode: "open"}).innerHTML =
		'<button>Send</button><div id="lid" style="position: fixed; inset: 0"></div>'`)
	p.Click(e2e.Role("button", "Send"))
}

func TestNoElement(t *testing.T) { open(t, form).WaitText("#missing", "text") }

func TestNoAttribute(t *testing.T) { open(t, form).WaitAttribute("#save", "title", "Save") }

func TestOtherAttribute(t *testing.T) { open(t, form).WaitAttribute("#save", "id", "keep") }

func TestCount(t *testing.T) { open(t, form).WaitCount(e2e.Role("button", ""), 3) }

func TestNoFocus(t *testing.T) { open(t, `<p id="p">text`).Focus("#p") }

func TestExpression(t *testing.T) { open(t, form).WaitExpression(`document.title && ""`) }

func TestConsole(t *testing.T) { open(t, form).WaitConsole("never written") }

func TestNothingBehind(t *testing.T) { open(t, form).Back() }

func TestNothingAhead(t *testing.T) { open(t, form).Forward() }

func TestOffline(t *testing.T) {
	p := open(t, form)
	p.Offline(true)
	p.Reload()
}

func TestFrozen(t *testing.T) {
	p := open(t, form)
	p.SetTimeout(0)
	p.Freeze()
	p.SetTimeout(brief)
	p.WaitText("#save", "Saved")
}
