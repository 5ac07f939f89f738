//go:build !js

package e2e

import "testing"

// TestWaitLive has a program listen twice more, and stop that.
func TestWaitLive(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{Program: "./testdata/trouble"}).Open("/?growing")
	page.WaitConsole("listening")
	before := page.Live()
	dispatch := func(eventType string) { page.Run(`dispatchEvent(new Event("` + eventType + `")), undefined`) }
	dispatch("online")
	more := page.Live()
	if more.Callbacks <= before.Callbacks || more.Listeners <= before.Listeners {
		t.Errorf("got %v, want more than %v", more, before)
	}
	dispatch("offline")
	page.WaitLive(before)
	dispatch("online")
	page.WaitLive(more)
}

// TestLiveInWorker holds that a worker's program is counted.
func TestLiveInWorker(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{Program: "./testdata/trouble", Worker: true}).Open("/?nothing")
	page.WaitConsole("ready")
	page.WaitLive(Live{Callbacks: 1, Listeners: 1}) // for the end of the page
}

// TestLiveWaitsForProgram has a program that begins late.
func TestLiveWaitsForProgram(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{Page: scripted("", `
		const live = {callbacks: 2, listeners: 1};
		setTimeout(() => { globalThis[Symbol.for("runnel.live")] = live; }, 50);
		addEventListener("pagehide", () => { live.callbacks = live.listeners = 0; });`)}).Open("/")
	if got, want := page.Live(), (Live{Callbacks: 2, Listeners: 1}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
