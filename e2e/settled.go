//go:build !js

package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/png"

	"github.com/runnel-go/runnel/e2e/internal/picture"
)

// standStill stops what has begun to move since it last ran, and hides the
// caret, until moveOn. It waits for the fonts that are being loaded, and for two
// frames, without which two pictures are alike even if something moves; a page
// that is hidden has none.
const standStill = `(async () => {
	if (!globalThis.stopped) {
		globalThis.stopped = [];
		globalThis.noCaret = new CSSStyleSheet();
		noCaret.replaceSync("*, *::before, *::after { caret-color: transparent !important }");
		document.adoptedStyleSheets = [...document.adoptedStyleSheets, noCaret];
	}
	for (const animation of document.getAnimations()) {
		if (animation.playState !== "running") continue;
		if (animation.effect.getComputedTiming().endTime !== Infinity && animation.playbackRate !== 0) {
			animation.finish();
			continue;
		}
		animation.cancel();
		stopped.push(animation);
	}
	await document.fonts.ready;
	const framed = new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
	if (document.visibilityState === "visible") await framed;
})()`

const moveOn = `(() => {
	document.adoptedStyleSheets = document.adoptedStyleSheets.filter(sheet => sheet !== globalThis.noCaret);
	for (const animation of globalThis.stopped ?? []) animation.play();
	delete globalThis.stopped;
})()`

// settled returns a picture of the viewport that is equal to the one before it.
func (p *Page) settled(name string) image.Image {
	p.site.t.Helper()
	defer func() {
		if !p.silent() {
			evalApart[any](p, moveOn) // a page that has gone has nothing to go on with
		}
	}()
	last, problem := p.still()
	p.waitFor("two pictures in a row that are equal, for shot "+name, func() (bool, string) {
		before := last
		if last, problem = p.still(); problem != "" {
			return false, problem
		}
		if before == nil || bytes.Equal(before, last) {
			return before != nil, "no second one"
		}
		return false, moving(before, last)
	})
	shown, err := png.Decode(bytes.NewReader(last))
	if err != nil {
		p.fatalf("taking a screenshot: %v", err)
	}
	return shown
}

// still returns a picture of the page with what moves stopped, or what was in the way.
func (p *Page) still() (picture []byte, problem string) {
	if _, err := evalApart[any](p, standStill); err != nil {
		return nil, "stopping what moves: " + err.Error()
	}
	picture, err := p.screenshot(p.answer())
	if err != nil {
		return nil, "taking a screenshot: " + p.answered(err).Error()
	}
	return picture, ""
}

// moving tells where two screenshots differ.
func moving(before, now []byte) string {
	a, err := png.Decode(bytes.NewReader(before))
	if err != nil {
		return err.Error()
	}
	b, err := png.Decode(bytes.NewReader(now))
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("the page keeps changing within %v", picture.Compare(b, a).Box)
}
