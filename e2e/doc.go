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
// Every wait is for a condition, bounded by [App.Timeout], and fails with what
// was there instead. The functions that return no error end the test when they
// fail; like t.Fatal they are for the test's goroutine.
//
// # What fails a test by itself
//
// A page with a problem fails its test, at the next wait or at the end: see
// [Kind] for the list. [Page.Allow] and [App.Allow] except what a test provokes.
// A failed test prints the console and leaves it, with a screenshot, in a folder
// named by the test under $RUNNEL_ARTIFACTS, or under build/e2e of the module.
//
// At the end of a page the harness dispatches pagehide on its window and waits
// until the program has let go of JavaScript: it reads the two numbers that a
// program publishes as globalThis[Symbol.for("runnel.live")] = {callbacks,
// listeners}. A page without that object has nothing to check.
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
// one installed of Google Chrome, Chromium, headless-shell and Edge. Without any,
// tests fail; they are never skipped. The browser ends and its profile is removed
// when no test uses it, and also when the test binary panics or is killed (where
// there is a Unix shell to see to that).
package e2e
