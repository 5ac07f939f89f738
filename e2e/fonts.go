//go:build !js

package e2e

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// taking is what a picture was taken with.
type taking struct {
	Browser  string `json:"browser"`  // such as "Chrome 156"
	Platform string `json:"platform"` // such as "linux/amd64"
	// Fonts has a hash of how each font of the page's text is drawn. A font is
	// written as CSS writes it: style, weight, size, families.
	Fonts map[string]string `json:"fonts"`
}

func (t taking) by() string { return t.Browser + " on " + t.Platform }

func (t taking) equal(other taking) bool {
	return t.by() == other.by() && maps.Equal(t.Fonts, other.Fonts)
}

// fontsInUse is a script for the fonts of the text that is shown, form fields
// and open shadow trees included.
const fontsInUse = `(() => {
	const fonts = new Set();
	const look = root => {
		for (const element of root.querySelectorAll("*")) {
			if (element.shadowRoot) look(element.shadowRoot);
			const text = element.matches("input, textarea, select") ||
				[...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");
			if (!text || !element.checkVisibility()) continue;
			const style = getComputedStyle(element);
			fonts.add(style.fontStyle + " " + style.fontWeight + " 16px " + style.fontFamily);
		}
	};
	look(document);
	return [...fonts];
})()`

// drawFonts is a script for how fonts draw a line: a hash (FNV-1a) of the pixels
// for each of them. The canvas is opaque, so that letters are smoothed on it as
// they are on a page.
const drawFonts = `(fonts => {
	const canvas = document.createElement("canvas");
	canvas.width = 1200;
	canvas.height = 28;
	const context = canvas.getContext("2d", {alpha: false, willReadFrequently: true});
	const hash = font => {
		context.fillStyle = "white";
		context.fillRect(0, 0, canvas.width, canvas.height);
		context.fillStyle = "black";
		context.font = font;
		context.fillText(%s, 4, 20);
		let sum = 0x811c9dc5;
		for (const byte of context.getImageData(0, 0, canvas.width, canvas.height).data) {
			sum = Math.imul(sum ^ byte, 0x01000193);
		}
		return (sum >>> 0).toString(16).padStart(8, "0");
	};
	return Object.fromEntries(fonts.map(font => [font, hash(font)]));
})(%s)`

// fontSample is what fonts are drawn by: ASCII, and signs that come from others
// where a font lacks them.
const fontSample = "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789 " +
	`!"#$%&'()*+,-./:;<=>?@[\]^_{|}~ äéñß –…“”×→✓•`

func (p *Page) fontsInUse() []string {
	p.site.t.Helper()
	fonts, err := evalApart[[]string](p, fontsInUse)
	if err != nil {
		p.fatalf("looking for the fonts in use: %v", err)
	}
	return fonts
}

// taking tells what a picture with text of these fonts is taken with.
func (p *Page) taking(fonts []string) taking {
	p.site.t.Helper()
	drawn := make(map[string]string)
	if len(fonts) > 0 {
		var err error
		if drawn, err = evalApart[map[string]string](p, fmt.Sprintf(drawFonts, js(fontSample), quote(fonts))); err != nil {
			p.fatalf("drawing with the fonts in use: %v", err)
		}
	}
	ctx, cancel := p.bound()
	defer cancel()
	version, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
	if err != nil {
		p.fatalf("asking for the browser's version: %v", err)
	}
	product, number, _ := strings.Cut(version.Product, "/")
	major, _, _ := strings.Cut(number, ".")
	return taking{
		Browser: product + " " + major, Platform: runtime.GOOS + "/" + runtime.GOARCH, Fonts: drawn,
	}
}

// drawnOtherwise returns a font that is drawn in another way than when a picture
// was taken, or "".
func (p *Page) drawnOtherwise(taken taking) string {
	p.site.t.Helper()
	fonts := slices.Sorted(maps.Keys(taken.Fonts))
	drawn := p.taking(fonts).Fonts
	for _, font := range fonts {
		if drawn[font] != taken.Fonts[font] {
			return font
		}
	}
	return ""
}
