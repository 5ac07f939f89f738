//go:build !js

package e2e

import "testing"

// TestVisibility holds that the browser itself hides, freezes, resumes and shows
// a page.
func TestVisibility(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{Page: scripted("", `
		globalThis.seen = [];
		globalThis.ticks = 0;
		setInterval(() => { ticks++; }, 1);
		for (const type of ["visibilitychange", "freeze", "resume"]) {
			document.addEventListener(type, ({isTrusted}) => {
				seen.push(type + " " + document.visibilityState + (isTrusted ? "" : " by script"));
			});
		}`)}).Open("/")
	expect := func(what, want string) {
		t.Helper()
		if got := Eval[string](page, `seen.splice(0).join(", ")`); got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	page.Hide()
	expect("Hide", "visibilitychange hidden")
	if state := Eval[string](page.OpenTab("/"), "document.visibilityState"); state != "visible" {
		t.Errorf("got a tab beside that is %s, want it visible", state)
	}
	page.Show()
	expect("Show", "visibilitychange visible")
	page.Freeze()
	expect("Freeze", "visibilitychange hidden, freeze hidden")
	before := Eval[int](page, "ticks")
	for range 50 {
		if after := Eval[int](page, "ticks"); after != before {
			t.Fatalf("got %d ticks of a timer while the page was frozen, want none", after-before)
		}
	}
	page.Resume()
	expect("Resume", "resume hidden")
	page.WaitExpression("ticks > 0")
	page.Show()
	expect("Show after Resume", "visibilitychange visible")
	page.Freeze()
	expect("Freeze", "visibilitychange hidden, freeze hidden")
	page.Show()
	expect("Show at once", "resume hidden, visibilitychange visible")
}

// TestFrozenPageLetsGo holds that a page which was left frozen can do what is
// asked of it at its end.
func TestFrozenPageLetsGo(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{Page: scripted("", `
		const live = globalThis[Symbol.for("runnel.live")] = {callbacks: 1, listeners: 0};
		addEventListener("pagehide", () => setTimeout(() => { live.callbacks = 0; }));`)}).Open("/")
	page.Freeze()
	page.Close()
}

// TestProgramBeginsAtTheEnd holds that a program which begins as its page is being
// closed is told so too, and is not taken for one that does not let go.
func TestProgramBeginsAtTheEnd(t *testing.T) {
	t.Parallel()
	site := Serve(t, App{Program: "./testdata/trouble", Page: scripted("", `
		const script = document.createElement("script");
		script.src = "/wasm_exec.js";
		script.onload = async () => {
			const go = new Go();
			go.argv = ["program", ""];
			const { instance } = await WebAssembly.instantiateStreaming(fetch("/main.wasm"), go.importObject);
			addEventListener("pagehide", () => go.run(instance), { once: true });
			document.title = "loaded";
		};
		document.head.append(script);`)})
	page := site.Open("/")
	page.WaitExpression(`document.title === "loaded"`)
	page.Close()
	page.WaitConsole("ready")
}
