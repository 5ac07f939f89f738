// Package pictures holds tests of what a page looks like and of its
// accessibility. Most must fail, for the reason that their name tells, once the
// pictures that they have stored have been changed. They are run by the harness's
// own tests, in a process of their own.
package pictures

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

// page opens a small page with a body.
func page(t *testing.T, body string) *e2e.Page {
	t.Helper()
	t.Parallel()
	p := e2e.Serve(t, e2e.App{
		Page: fstest.MapFS{"index.html": {Data: []byte(`<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>` +
			`<link rel="icon" href="data:,"><style>body { margin: 0; font: 16px sans-serif; background: white; color: black }` +
			`div { width: 40px; height: 20px; background: teal }</style><main>` + body + `</main>`)}},
	}).Open("/")
	p.Viewport(100, 50)
	return p
}

func shot(t *testing.T, body, name string) {
	t.Helper()
	if !page(t, body).Shot(name) {
		t.Log("it was not compared")
	}
}

func TestSame(t *testing.T)       { shot(t, `<div></div>`, "same") }
func TestSameText(t *testing.T)   { shot(t, `1,586 events`, "same-text") }
func TestDiffers(t *testing.T)    { shot(t, `<div></div>`, "differs") }
func TestText(t *testing.T)       { shot(t, `1,536 events`, "text") }
func TestOtherSize(t *testing.T)  { shot(t, `<div></div>`, "other-size") }
func TestMissing(t *testing.T)    { shot(t, `<div></div>`, "missing") }
func TestBroken(t *testing.T)     { shot(t, `<div></div>`, "broken") }
func TestOtherFonts(t *testing.T) { shot(t, `Text`, "other-fonts") }

func TestInside(t *testing.T) {
	t.Run("of one (part)", func(t *testing.T) { shot(t, `<div></div>`, "inside") })
}

func TestKeepsChanging(t *testing.T) {
	p := page(t, `<div></div><script>
		const box = document.querySelector("div");
		let frames = 0;
		const frame = () => { box.style.width = 7 * ++frames % 97 + "px"; requestAnimationFrame(frame) };
		frame();
	</script>`)
	p.SetTimeout(brief)
	p.Shot("keeps-changing")
}

func TestBadName(t *testing.T) { page(t, `<div></div>`).Shot("../bad") }

const pale = `<p id="pale" style="color: #999">Hardly to be read</p>`

func TestViolation(t *testing.T) {
	page(t, pale+`<input id="nameless">`).CheckAccessibility()
	t.Log("and on it goes")
}

func TestManyElements(t *testing.T) {
	page(t, pale+pale+pale+pale+pale+pale+pale+`<style>#pale { position: relative; z-index: 1 }</style>`).CheckAccessibility()
}

func TestOtherViolation(t *testing.T) { page(t, pale).CheckAccessibility("label") }

func TestUnknownRule(t *testing.T) { page(t, `<p>Text</p>`).CheckAccessibility("contrast") }

// The tests from here on must pass.

func TestAllowedViolation(t *testing.T) {
	page(t, pale+`<input id="nameless">`).CheckAccessibility("color-contrast", "label")
}

func TestUndecided(t *testing.T) {
	page(t, `<p style="background: url(data:image/svg+xml,%3Csvg%20xmlns=%22http://www.w3.org/2000/svg%22/%3E)">Text</p>`).CheckAccessibility()
}
