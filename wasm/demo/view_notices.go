//go:build js && wasm

package main

import (
	"strconv"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/demo/feed"
)

// noticesView shows the notices and holds the form that publishes one.
type noticesView struct {
	doc      *jsbridge.Document
	form     *jsbridge.Element
	field    *jsbridge.Element
	length   *jsbridge.Element
	problem  *jsbridge.Element
	list     *jsbridge.Element
	empty    *jsbridge.Element
	announce *jsbridge.Element

	painted uint64 // how many notices have been shown
	rows    uint64 // how many of them are
	sent    uint64 // how many of our own the field was cleared for
}

// newNoticesView takes over from the browser what the bare form leaves to it:
// it counts in characters, as the server does, and says what is wrong in place.
func newNoticesView(f *finder) *noticesView {
	v := &noticesView{
		doc:      f.doc,
		form:     f.id("notice-form"),
		field:    f.id("notice-text"),
		length:   f.id("notice-length"),
		problem:  f.id("notice-problem"),
		list:     f.id("notices"),
		empty:    f.id("notices-empty"),
		announce: f.id("announce-notice"),
	}
	v.form.SetAttribute("novalidate", "")
	v.field.RemoveAttribute("maxlength")
	return v
}

func (v *noticesView) paint(m *model, _ time.Time) {
	if m.noticesSent != v.sent {
		v.sent = m.noticesSent
		v.field.SetValue("")
	}
	v.length.SetText(strconv.Itoa(m.draftLength) + noBreak + "/" + noBreak + strconv.Itoa(feed.MaxNotice))
	v.length.Toggle("over", m.draftLength > feed.MaxNotice)
	v.problem.SetText(m.noticeProblem)
	v.field.SetAttribute("aria-invalid", strconv.FormatBool(m.noticeProblem != ""))
	v.paintList(m)
}

func (v *noticesView) paintList(m *model) {
	fresh := min(m.noticesTotal-v.painted, uint64(len(m.notices)))
	if fresh == 0 {
		return
	}
	v.painted = m.noticesTotal
	v.empty.SetHidden(true)
	for i := int(fresh) - 1; i >= 0; i-- { // the newest comes to the top
		v.list.Prepend(noticeItem(v.doc, m.notices[i]))
	}
	v.announce.SetText("Notice: " + m.notices[0].Text)
	for v.rows += fresh; v.rows > noticeLimit; v.rows-- {
		v.list.RemoveLastChild()
	}
}

func noticeItem(doc *jsbridge.Document, n feed.Notice) *jsbridge.Element {
	item := doc.CreateElement("li")
	when := newElement(doc, "time", "", n.Time.Local().Format(time.TimeOnly))
	when.SetAttribute("datetime", n.Time.Format(time.RFC3339))
	item.Append(when, newElement(doc, "p", "", n.Text))
	return item
}
