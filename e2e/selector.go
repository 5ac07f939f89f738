//go:build !js

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Selector says which elements of a page a method is about: a CSS selector,
// which finds elements outside of shadow trees alone, or what [Role] returns. A
// string constant is one as it stands:
//
//	page.Click("#send")
//	page.Click(e2e.Role("button", "Send"))
type Selector string

// Role returns the selector of the elements with an ARIA role and an accessible
// name, both as the browser itself computes them for assistive technology. The
// name is the whole one, upper and lower case told apart, with each run of white
// space as one space; "" stands for any name. The role img is the role image,
// which ARIA 1.3 calls it. Elements in shadow trees are
// found; what is hidden from assistive technology (aria-hidden, inert, not
// rendered) is not, nor what is in other frames.
//
// As a string it is role and quoted name, button "Send", which no CSS selector
// is.
//
// The methods that act ([Page.Click], [Page.Focus], [Page.Type]) want such a
// selector to find one element, and name them all where it finds several. Those
// that read take the first one of the document.
func Role(role, name string) Selector {
	if role == "img" {
		role = "image"
	}
	return Selector(role + " " + strconv.Quote(collapse(name)))
}

// roleSelector matches what [Role] returns.
var roleSelector = regexp.MustCompile(`^([A-Za-z]+) (".*")$`)

// role returns what a selector by role is made of. ok is false for CSS.
func (s Selector) role() (role, name string, ok bool) {
	parts := roleSelector.FindStringSubmatch(string(s))
	if parts == nil {
		return "", "", false
	}
	name, err := strconv.Unquote(parts[2])
	return parts[1], name, err == nil
}

// collapse returns text with each run of white space as one space.
func collapse(text string) string { return strings.Join(strings.Fields(text), " ") }

// ask calls a JavaScript function in the page with an array of the elements that
// the selector finds, in the document's order.
func ask[T any](p *Page, selector Selector, function string) (T, error) {
	role, name, ok := selector.role()
	if !ok {
		return eval[T](p, fmt.Sprintf("(%s)([...document.querySelectorAll(%s)])", function, js(string(selector))))
	}
	ctx, cancel := p.bound()
	defer cancel()
	value, err := askByRole[T](ctx, role, name, function)
	return value, p.answered(err)
}

// objects is the name of the group in which DevTools keeps the elements that are
// handed to a function.
const objects = "e2e"

func askByRole[T any](ctx context.Context, role, name, function string) (value T, err error) {
	defer chromedp.Call(ctx, runtime.ReleaseObjectGroup, runtime.ReleaseObjectGroupParams{ObjectGroup: objects})
	document, nodes, err := accessibleNodes(ctx, role)
	if err != nil {
		return value, err
	}
	var found []*runtime.CallArgument
	for _, node := range nodes {
		if name != "" && textOf(node.Name) != name {
			continue
		}
		resolved, err := chromedp.Call(ctx, dom.ResolveNode,
			dom.ResolveNodeParams{BackendNodeID: node.BackendDOMNodeID, ObjectGroup: objects})
		if err != nil {
			return value, err
		}
		found = append(found, &runtime.CallArgument{ObjectID: resolved.Object.ObjectID})
	}
	result, err := chromedp.Call(ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: "function(...found) { return (" + function + ")(found) }",
		ObjectID:            document,
		Arguments:           found,
		ReturnByValue:       new(true),
	})
	switch {
	case err != nil:
		return value, err
	case result.ExceptionDetails != nil:
		return value, errors.New(exceptionLine(result.ExceptionDetails).text)
	}
	return value, json.Unmarshal(result.Result.Value, &value)
}

// accessibleNodes returns the nodes of the page's accessibility tree that have
// the role, or all of them for "", and the document's object. The browser makes
// the tree for this one question: with the domain Accessibility enabled it would
// keep it up to date with every change of the page.
func accessibleNodes(ctx context.Context, role string) (runtime.RemoteObjectID, []*accessibility.Node, error) {
	document, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document", ObjectGroup: objects})
	if err != nil {
		return "", nil, err
	}
	root := document.Result.ObjectID
	result, err := chromedp.Call(ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: root, Role: role})
	if err != nil {
		return "", nil, err
	}
	return root, slices.DeleteFunc(result.Nodes, func(node *accessibility.Node) bool {
		return node.Ignored || node.BackendDOMNodeID == 0
	}), nil
}

// textOf returns a computed string of the accessibility tree.
func textOf(value *accessibility.Value) string {
	var text string
	if value == nil || json.Unmarshal(value.Value, &text) != nil {
		return ""
	}
	return collapse(text)
}

// maxAlternatives bounds how many elements a failure names.
const maxAlternatives = 20

// alternatives names the elements that a failed selector by role may have meant,
// the likeliest first. It is "" for CSS.
func (p *Page) alternatives(selector Selector) string {
	role, name, ok := selector.role()
	if !ok || p.silent() {
		return ""
	}
	ctx, cancel := p.bound()
	defer cancel()
	_, nodes, err := accessibleNodes(ctx, "")
	if err != nil {
		return "\nwhat the page has instead is not known: " + err.Error()
	}
	var others []Selector
	for _, node := range nodes {
		if other := Role(textOf(node.Role), textOf(node.Name)); other.namesElement() && !slices.Contains(others, other) {
			others = append(others, other)
		}
	}
	if len(others) == 0 {
		return "\nthe page has no element with a name"
	}
	slices.SortStableFunc(others, func(a, b Selector) int { return b.likeness(role, name) - a.likeness(role, name) })
	more := ""
	if left := len(others) - maxAlternatives; left > 0 {
		others, more = others[:maxAlternatives], fmt.Sprintf("\n\t… and %d more", left)
	}
	list := "\nthe page has:"
	for _, other := range others {
		list += "\n\t" + string(other)
	}
	return list + more
}

// textRoles are those of texts and of the document itself.
var textRoles = []string{"StaticText", "InlineTextBox", "ListMarker", "RootWebArea", "none", "generic"}

// namesElement reports whether a selector by role is one that tests look for.
func (s Selector) namesElement() bool {
	role, name, ok := s.role()
	return ok && name != "" && !slices.Contains(textRoles, role)
}

// likeness says how near a selector by role is to a role and a name.
func (s Selector) likeness(role, name string) int {
	ownRole, ownName, _ := s.role()
	ownName, name = strings.ToLower(ownName), strings.ToLower(name)
	likeness := 0
	if ownRole == role {
		likeness++
	}
	if strings.Contains(ownName, name) || strings.Contains(name, ownName) {
		likeness += 2
	}
	return likeness
}
