//go:build !js

package e2e

import (
	"slices"
	"testing"
)

// TestRole holds that elements are found by the role and the name that assistive
// technology is given, and by nothing else.
func TestRole(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{Page: scripted(`
		<button id="text"> Send
			<b>it</b> </button>
		<button id="label" aria-label="Close">x</button>
		<button id="title" title="Help"></button>
		<div id="div" role="button" tabindex="0">Plain</div>
		<span id="other">Other name</span><button id="labelledby" aria-labelledby="other">z</button>
		<label for="for">First</label><input id="for">
		<label>Second <input id="wrapped"></label>
		<input id="box" type="checkbox" aria-label="Agree">
		<img id="alt" alt="A square" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">
		<svg id="svg" role="img" aria-label="A chart" width="9" height="9"></svg>
		<h2 id="heading">News</h2>
		<ul><li id="one">1</li><li id="two">2</li></ul>
		<div id="open"></div><div id="closed"></div>
		<div aria-hidden="true"><button>Hidden by ARIA</button></div>
		<button style="display: none">Not shown</button>
		<div inert><button>Inert</button></div>
		<iframe srcdoc="<button>In a frame</button>"></iframe>`, `
		for (const mode of ["open", "closed"]) {
			document.getElementById(mode).attachShadow({mode}).innerHTML = '<button id="in-' + mode + '">In ' + mode + '</button>';
		}`)}).Open("/")
	tests := []struct {
		role, name string
		want       []string
	}{
		{"button", "Send it", []string{"text"}},
		{"button", " Send\n it ", []string{"text"}},
		{"button", "send it", nil},
		{"button", "Send", nil},
		{"button", "x", nil},
		{"link", "Send it", nil},
		{"button", "Close", []string{"label"}},
		{"button", "Help", []string{"title"}},
		{"button", "Plain", []string{"div"}},
		{"button", "Other name", []string{"labelledby"}},
		{"textbox", "First", []string{"for"}},
		{"textbox", "Second", []string{"wrapped"}},
		{"checkbox", "Agree", []string{"box"}},
		{"img", "A square", []string{"alt"}},
		{"image", "A chart", []string{"svg"}},
		{"heading", "News", []string{"heading"}},
		{"listitem", "", []string{"one", "two"}},
		{"button", "In open", []string{"in-open"}},
		{"button", "In closed", []string{"in-closed"}},
		{"button", "Hidden by ARIA", nil},
		{"button", "Not shown", nil},
		{"button", "Inert", nil},
		{"button", "In a frame", nil},
	}
	for _, test := range tests {
		selector := Role(test.role, test.name)
		got, err := ask[[]string](page, selector, "(found) => found.map((element) => element.id)")
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, %v, want %q", selector, got, err, test.want)
		}
	}
}

// TestRoleInMethods works a page by roles alone, in a shadow tree.
func TestRoleInMethods(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{Page: scripted(`<div id="host"></div><p role="status" lang="fr"></p>`, `
		const root = document.querySelector("#host").attachShadow({mode: "open"});
		root.innerHTML = '<label>Name <input value="a"></label><button>Add</button><ul></ul>';
		root.querySelector("button").addEventListener("click", () => {
			root.querySelector("ul").innerHTML += "<li>entry</li>";
			document.querySelector("[role=status]").textContent = root.querySelector("input").value;
		});`)}).Open("/")
	page.Type(Role("textbox", "Name"), "bc")
	page.WaitCount(Role("listitem", ""), 0)
	page.Click(Role("button", "Add"))
	page.WaitText(Role("status", ""), "abc")
	page.WaitTextContains(Role("status", ""), "b")
	page.WaitAttribute(Role("status", ""), "lang", "fr")
	page.Focus(`button "Add"`) // what Role gives, as a string
	page.Press("Enter")
	page.WaitCount(Role("listitem", ""), 2)
	if got := page.Text(Role("list", "")); got != "entryentry" {
		t.Errorf("got %q, want entryentry", got)
	}
}

func TestSelectorsApart(t *testing.T) {
	t.Parallel()
	for _, css := range []Selector{"button", "#a b", `a[title="x"]`, `button > [name="x"]`, "main, footer"} {
		if role, name, ok := css.role(); ok {
			t.Errorf("%s: got role %s and name %q, want CSS", css, role, name)
		}
	}
	for _, name := range []string{"", "Send", `say "yes"`, "π\\"} {
		role, got, ok := Role("button", name).role()
		if !ok || role != "button" || got != name {
			t.Errorf("got role %q and name %q, want button and %q", role, got, name)
		}
	}
}
