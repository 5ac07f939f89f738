// Package failing holds tests that must fail, each for the reason that its name
// tells. They are run by the harness's own tests, in a process of their own.
package failing

import (
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/runnel-go/runnel/e2e"
)

// brief bounds a wait for what does not come. What has to come first has the time that
// it needs.
const brief = 300 * time.Millisecond

func TestMain(m *testing.M) { e2e.Main(m) }

// page opens a page with the script and waits until it says that it is done.
func page(t *testing.T, script string) *e2e.Page {
	t.Helper()
	t.Parallel()
	site := e2e.Serve(t, e2e.App{
		Page: fstest.MapFS{
			"index.html": {Data: []byte(`<!doctype html><title>t</title><link rel="icon" href="data:,">` +
				`<p id="p">shown</p><script src="page.js"></script>`)},
			"page.js":   {Data: []byte(script)},
			"worker.js": {Data: []byte(`console.error("from the worker"); setTimeout(() => { throw new Error("thrown there"); });`)},
		},
	})
	return site.Open("/")
}

func program(t *testing.T, query string) *e2e.Page {
	t.Helper()
	t.Parallel()
	return e2e.Serve(t, e2e.App{Program: "../hello"}).Open("/?" + query)
}

// trouble opens the page of a program that gets into a trouble.
func trouble(t *testing.T, query string) *e2e.Page {
	t.Helper()
	t.Parallel()
	p := e2e.Serve(t, e2e.App{Program: "../trouble"}).Open("/?" + query)
	p.WaitConsole("ready")
	return p
}

func TestGoPanic(t *testing.T) { program(t, "panic=sorry").WaitExit() }

func TestGoPanicInWorker(t *testing.T) { program(t, "worker&panic=sorry").WaitExit() }

func TestGoExit(t *testing.T) { program(t, "exit=3").WaitExit() }

const goOnline = `dispatchEvent(new Event("online")), undefined`

func TestDeadlock(t *testing.T) {
	p := trouble(t, "deadlock")
	p.WaitConsole("listening")
	p.Run(goOnline)
	p.WaitConsole("asleep")
}

// TestPanicInCrowd has more on the console after a panic than a failure shows.
func TestPanicInCrowd(t *testing.T) {
	p := trouble(t, "crowd")
	p.Allow(e2e.GoPanic, "too many") // until all of it has been written
	p.Run(`for (let i = 0; i < 2000; i++) console.log("noise", i)`)
	p.WaitConsole("noise 1999")
	t.Error("on purpose")
}

func TestCallAfterExit(t *testing.T) {
	p := trouble(t, "late")
	p.WaitExit()
	p.Run(goOnline)
	p.WaitConsole("already exited")
}

func TestException(t *testing.T) {
	page(t, `setTimeout(() => { throw new TypeError("thrown"); })`).WaitConsole("thrown")
}

func TestRejection(t *testing.T) {
	page(t, `Promise.reject(new Error("refused"))`).WaitConsole("refused")
}

func TestConsoleError(t *testing.T) {
	page(t, `console.error("wrong", {code: 7})`).WaitConsole("wrong")
}

// TestAtTheEnd does not look at what went wrong: the end of the test does.
func TestAtTheEnd(t *testing.T) { page(t, `console.assert(false, "untrue")`) }

func TestWorkerError(t *testing.T) { page(t, `new Worker("worker.js")`).WaitConsole("thrown there") }

func TestNetworkError(t *testing.T) { page(t, `fetch("/missing")`).WaitConsole("404") }

func TestPolicyViolation(t *testing.T) {
	site := e2e.Serve(t, e2e.App{Policy: "script-src 'none'", Page: fstest.MapFS{
		"index.html": {Data: []byte(`<!doctype html><title>t</title><script>globalThis.ran = true</script>`)},
	}})
	site.Open("/").WaitConsole("script-src")
}

func TestLeftAlive(t *testing.T) {
	page(t, `globalThis[Symbol.for("runnel.live")] = {callbacks: 2, listeners: 1}`).SetTimeout(brief)
}

func TestListenerLeft(t *testing.T) { trouble(t, "listener&stay").SetTimeout(brief) }

// TestListenerLeftByExit has a program end with its page and leave a listener, which
// the browser then calls.
func TestListenerLeftByExit(t *testing.T) { trouble(t, "listener&leave").SetTimeout(brief) }

// TestListenerLeftByExitInWorker is the same in a worker.
func TestListenerLeftByExitInWorker(t *testing.T) {
	trouble(t, "worker&listener&leave").SetTimeout(brief)
}

// TestGrows has a program that keeps more and more while its page is open, and
// releases it at the end.
func TestGrows(t *testing.T) {
	p := trouble(t, "growing")
	p.WaitConsole("listening")
	before := p.Live()
	p.Run(goOnline)
	p.SetTimeout(brief)
	p.WaitLive(before)
}

func TestCountsNothing(t *testing.T) {
	p := page(t, "")
	p.SetTimeout(brief)
	p.WaitLive(e2e.Live{})
}

// wrongEventName has the server send "prices" to a page that listens to "price".
func wrongEventName(t *testing.T, query string) {
	t.Helper()
	t.Parallel()
	site := e2e.Serve(t, e2e.App{Program: "../trouble"})
	stream := site.Stream("/events")
	p := site.Open("/?" + query)
	conn := stream.Accept(t.Context())
	e2e.Send[int](conn, "price", "1", 5)
	conn.Raw("event: pri")
	conn.Raw("ces\ndata: 6\n\n")
	e2e.Send[int](conn, "prices", "2", 7)
	e2e.Send[int](conn, "", "3", 8)
	p.WaitConsole("message 8")
	p.SetTimeout(brief)
	p.WaitConsole("price 7")
}

func TestWrongEventName(t *testing.T) { wrongEventName(t, "native") }

func TestWrongEventNameOverFetch(t *testing.T) { wrongEventName(t, "fetch") }

func TestWrongEventNameInWorker(t *testing.T) { wrongEventName(t, "worker&fetch") }

// TestWrongEventNameInScript is the same for a page without a Go program.
func TestWrongEventNameInScript(t *testing.T) {
	t.Parallel()
	site := e2e.Serve(t, e2e.App{Page: fstest.MapFS{
		"index.html": {Data: []byte(`<!doctype html><title>t</title><link rel="icon" href="data:,"><script src="page.js"></script>`)},
		"page.js": {Data: []byte(`
			const source = new EventSource("/events");
			source.onmessage = ({data}) => console.log("message", data);
			source.addEventListener("price", ({data}) => console.log("price", data));`)},
	}})
	stream := site.Stream("/events")
	p := site.Open("/")
	conn := stream.Accept(t.Context())
	e2e.Send[int](conn, "prices", "2", 7)
	e2e.Send[int](conn, "", "3", 8)
	p.WaitConsole("message 8")
	p.SetTimeout(brief)
	p.WaitConsole("price 7")
}

func TestGoroutineLeft(t *testing.T) { trouble(t, "goroutine&stay").SetTimeout(brief) }

func TestGoroutineLeftInWorker(t *testing.T) { trouble(t, "worker&goroutine&stay").SetTimeout(brief) }

func TestWrongText(t *testing.T) {
	p := page(t, `
		console.log("a hint");
		const element = document.createElement("own-element");
		document.body.append(element);
		element.attachShadow({mode: "open"}).innerHTML = "<b>in the shadow</b>";`)
	p.SetTimeout(brief)
	p.WaitText("#p", "other")
}

// TestWaitsInGo waits for what the program does not do.
func TestWaitsInGo(t *testing.T) {
	p := trouble(t, "nothing")
	p.SetTimeout(brief)
	p.WaitText("#program", "exited with code 0")
}

func TestSecondPageAndSite(t *testing.T) {
	p := page(t, "")
	p.OpenTab("/")
	e2e.Serve(t, e2e.App{Page: fstest.MapFS{"index.html": {Data: []byte(`<title>t</title><link rel="icon" href="data:,">`)}}}).Open("/")
	t.Error("on purpose")
}

func TestScriptsAnother(t *testing.T) {
	e2e.Serve(t, e2e.App{URL: "http://localhost:1"}).Stream("/events")
}

func TestURLAndProgram(t *testing.T) {
	e2e.Serve(t, e2e.App{URL: "http://localhost:1", Program: "../hello"})
}

func TestCovered(t *testing.T) {
	p := page(t, `document.body.insertAdjacentHTML("beforeend", "<div id=lid style='position:fixed;inset:0'></div>")`)
	p.SetTimeout(brief)
	p.Click("#p")
}

func TestNoRequest(t *testing.T) {
	site := e2e.Serve(t, e2e.App{Timeout: 100 * time.Millisecond})
	site.Stream("/never").Accept(t.Context())
}

func TestLateStream(t *testing.T) {
	site := e2e.Serve(t, e2e.App{})
	site.Open("/asked").Allow(e2e.NetworkError, "404")
	site.Stream("/asked")
}

func TestDoesNotBuild(t *testing.T) { e2e.Serve(t, e2e.App{Program: "../broken"}) }

func TestNoProgram(t *testing.T) { e2e.Serve(t, e2e.App{Program: "../library"}) }

func TestHangs(t *testing.T) {
	p := page(t, `addEventListener("click", () => { for (;;) {} })`)
	p.SetTimeout(brief)
	p.Click("#p")
}

// TestHangsInGo has a Go program that never lets the browser go on. The end of
// the test notices it.
func TestHangsInGo(t *testing.T) { trouble(t, "spin").SetTimeout(brief) }

func TestHangsInWorker(t *testing.T) { trouble(t, "worker&spin").SetTimeout(brief) }

func TestCrash(t *testing.T) {
	p := page(t, "")
	// The answer never comes: there is nobody left to give it.
	go chromedp.Call(p.Context(), cdppage.Crash, cdp.Empty{})
	p.WaitConsole("never written")
}

func TestHandlerPanics(t *testing.T) {
	site := e2e.Serve(t, e2e.App{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("in the handler") })})
	if response, err := http.Get(site.URL("/")); err == nil {
		response.Body.Close()
		t.Errorf("got %s, want no answer", response.Status)
	}
}

// The tests from here on must pass.

func TestAllowed(t *testing.T) {
	p := page(t, `
		console.error("known trouble");
		fetch("/missing");
		Promise.reject(new Error("refused"));
		setTimeout(() => { throw new TypeError("thrown"); });
		globalThis[Symbol.for("runnel.live")] = {callbacks: 2, listeners: 1};`)
	p.Allow(e2e.ConsoleError, "known trouble")
	p.Allow(e2e.NetworkError, "/missing")
	p.Allow(e2e.Rejection, "refused")
	p.Allow(e2e.Exception, "TypeError: thrown")
	p.Allow(e2e.LeftAlive, "2 callbacks")
	p.WaitConsole("404")
	p.WaitConsole("TypeError")
}

func TestAllowedGoroutine(t *testing.T) {
	trouble(t, "goroutine&stay").Allow(e2e.LeftAlive, "main.waitForNobody")
}

func TestAllowedPolicyViolation(t *testing.T) {
	site := e2e.Serve(t, e2e.App{
		Policy: "script-src 'none'",
		Allow:  []e2e.Allowance{{Kind: e2e.PolicyViolation, Containing: "script-src"}},
		Page: fstest.MapFS{
			"index.html": {Data: []byte(`<!doctype html><title>t</title><link rel="icon" href="data:,"><script>globalThis.ran = true</script>`)},
		},
	})
	site.Open("/").WaitConsole("script-src")
}

func TestAllowedCodeOfExit(t *testing.T) {
	p := program(t, "wait")
	p.Allow(e2e.GoExit, "exit code: 3")
	p.Navigate("/?exit=3")
	p.WaitExit()
}

func TestMainMayStay(t *testing.T) { trouble(t, "nothing&stay").WaitText("#program", "running") }

func TestAllowedExit(t *testing.T) {
	p := program(t, "wait")
	p.Allow(e2e.GoPanic, "sorry")
	p.Navigate("/?panic=sorry")
	if code := p.WaitExit(); code != 2 {
		t.Errorf("got exit code %d, want 2", code)
	}
}

// handling opens the page of a program whose handler waits for what a server keeps to
// itself: the page ends in the middle of that.
func handling(t *testing.T, query string) {
	t.Helper()
	t.Parallel()
	asked := make(chan struct{}, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/headers", func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	})
	mux.HandleFunc("/body", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("some"))
		w.(http.Flusher).Flush()
		asked <- struct{}{}
		<-r.Context().Done()
	})
	p := e2e.Serve(t, e2e.App{Program: "../trouble", Handler: mux}).Open("/?" + query)
	<-asked
	p.Close()
}

func TestHandlerWaits(t *testing.T) { handling(t, "handler") }

func TestHandlerWaitsForBody(t *testing.T) { handling(t, "body") }

func TestHandlerWaitsInWorker(t *testing.T) { handling(t, "worker&handler") }

// iconless opens a page that names no icon, so that the browser asks for one.
func iconless(t *testing.T, handler http.Handler) {
	t.Helper()
	t.Parallel()
	site := e2e.Serve(t, e2e.App{Handler: handler, Page: fstest.MapFS{"index.html": {Data: []byte(`<!doctype html><title>t</title>`)}}})
	site.Open("/").WaitConsole("Failed to load resource")
}

func TestNoIcon(t *testing.T) { iconless(t, nil) }

func TestIconForbidden(t *testing.T) {
	iconless(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
}

func TestLetsGo(t *testing.T) {
	page(t, `
		const live = globalThis[Symbol.for("runnel.live")] = {callbacks: 2, listeners: 1};
		addEventListener("pagehide", (event) => {
			if (!event.persisted) {
				setTimeout(() => { live.callbacks = live.listeners = 0; }, 20);
			}
		});`)
}
