//go:build !js

// Package e2e tests frontends written in Go in a real browser, against a server
// that misbehaves on command.
//
// A test serves its program, opens it in a headless browser, and scripts what
// the server does to it:
//
//	func TestMain(m *testing.M) { e2e.Main(m) }
//
//	func TestReconnect(t *testing.T) {
//		app := e2e.Serve(t, e2e.App{Program: "./frontend"})
//		stream := app.Stream("/events")
//		page := app.Open("/")
//		conn := stream.Accept(t.Context())
//		conn.Send(eventstream.Message{ID: "7", Data: []byte("hello")})
//		page.WaitText("#last", "hello")
//		conn.Cut()
//		if id := stream.Accept(t.Context()).LastEventID; id != "7" {
//			t.Errorf("got Last-Event-ID %q, want 7", id)
//		}
//	}
//
// Every wait is for a condition, bounded by [App.Timeout] or by what
// [Page.SetTimeout] and [Site.SetTimeout] set later, and fails with what
// was there instead. The functions that return no error end the test when they
// fail; like t.Fatal they are for the test's goroutine.
//
// [App.URL] names a server that runs already instead of one to be served.
//
// # What the server does
//
// A request that is accepted and sent nothing is never answered; [Response.Delay]
// answers late; [Stream.AcceptWhere] waits for the request that you want, and its
// failure says what was wrong with the others. [Send] encodes a typed event, and
// [Conn.Raw] sends any bytes, in any pieces. [Record] writes an event stream of any
// server to a text file with its timing, and [Conn.Replay] plays it back, as it was
// or faster.
//
// [Site.Network] puts a proxy below HTTP between the browser and the site: open the
// page at its URL and lay latency, jitter, low bandwidth, slices, timeouts, resets
// or a partition on it; each returns the function that takes it back. (Latency,
// bandwidth and slices are Toxiproxy's.)
//
// # What a person does
//
// Elements are found by CSS or, as a reader of the screen finds them, by role and
// name: page.Click(e2e.Role("button", "Send")). Both are the browser's own; a
// failure lists what the page has instead.
//
// [Page.Hide], [Page.Show], [Page.Freeze] and [Page.Resume] are the browser's own
// and no scripted events. [Page.Offline] fails the requests of the page and its
// workers and cuts the streams that are open. [Page.AdvanceClock] is what a sleeping
// machine does to a clock. [Page.Back] and [Page.Forward] return when the page is
// shown, out of the back/forward cache too.
//
// # What fails a test by itself
//
// A page with a problem fails its test, at the next wait or at the end: see
// [Kind] for the list. [Page.Allow] and [App.Allow] except what a test provokes.
//
// At the end of a page the harness dispatches pagehide on its window and waits
// until the program has let go of JavaScript and of its goroutines. It reads what a
// program publishes as globalThis[Symbol.for("runnel.live")] = {callbacks,
// listeners, goroutines()}, as programs with package jsbridge do: two numbers, and
// the stacks of all goroutines as text. The main goroutine may stay, and those that
// package initialization has started; every other one is a problem of its own. A
// page without that object has nothing to check.
//
// What grows while the page lives is for the test to look at: [Page.WaitLive] waits
// until no more callbacks and listeners are alive than before.
//
//	before := page.Live()
//	for range 10 {
//		page.Click(e2e.Role("button", "Open"))
//		page.Click(e2e.Role("button", "Close"))
//	}
//	page.WaitLive(before)
//
// # What a failed test leaves
//
// A folder, printed, named by the test under $RUNNEL_ARTIFACTS or under build/e2e of
// the module: screenshot.png, the document as dom.html, console.txt, network.txt
// with what the server saw and every event stream's messages and times, and
// gostack.txt with the stacks of the Go program, also of one that hangs. A passing
// test leaves nothing.
//
//	go test ./mine -run TestIt -e2e.headed -e2e.slow=1s   shows it in a window
//	go test ./mine -run TestIt -e2e.trace                 leaves trace.json, too, for
//	                                                      DevTools' Performance panel
//
// Only packages that import e2e know these flags.
//
// # Pictures
//
// [Page.Shot] compares the page with a picture stored in testdata/shots beside the
// test; go test -run TestName ./pkg -e2e.update stores it. Text is drawn differently
// with other fonts: where the fonts of the stored picture draw otherwise, Shot does
// not compare, logs that, and returns false. Pages without text are compared
// everywhere.
//
// # Accessibility
//
// [Page.CheckAccessibility] fails the test for each rule of WCAG 2.2, levels A and
// AA, that axe-core finds broken. axe-core is embedded, so that tests need neither
// npm nor a network.
//
// # The default page
//
// Without [App.Page] a Program runs on a plain page at /, under
// [DefaultPolicy]. Its script /boot.js starts the program, in a dedicated worker
// if the query has the parameter "worker" or [App.Worker] is set. The program's
// os.Args[1] is the page's query without the question mark. The element #program
// shows "loading", "running", "exited with code 0" or "failed: …", and
// globalThis.exitCode is set once the program has ended. What the program
// reports to the test is read with [WaitReport].
//
// # The browser
//
// One browser serves a test binary; each page has a tab with storage of its own.
// It is the one that the environment variable CHROME names, or else the first
// one installed of Google Chrome, Chromium, headless-shell (which has no
// back/forward cache) and Edge. Without any, tests fail; they are never skipped. The browser ends and its profile is removed
// when no test uses it, and also when the test binary panics, runs into its timeout,
// is interrupted or is killed (where there is a Unix shell to see to that).
package e2e
