package codec

import (
	"math/bits"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// special marks, by their high bits, the bytes of x that text cannot simply
// hold: quotes, backslashes, control characters, and what is not ASCII. Only
// the lowest mark is sure.
func special(x uint64) uint64 {
	return (((x ^ '"'*ones) - ones) | ((x ^ '\\'*ones) - ones) | (x - ' '*ones) | x) & highs
}

// text reads the text at a place, which is behind its quote, and returns it,
// valid until the next text is read, and the place behind the other quote.
func (d *decoder) text(at int) ([]byte, int) {
	in := d.in
	for i := at; ; i += 8 {
		marks := special(load(in, i))
		if marks == 0 {
			continue
		}
		i += bits.TrailingZeros64(marks) / 8
		if in[i] == '"' {
			return in[at:i], i + 1
		}
		return d.unusualText(at, i)
	}
}

// unusualText is text that has something unusual at i. Invalid UTF-8 is left to
// encoding/json.
func (d *decoder) unusualText(at, i int) ([]byte, int) {
	in := d.in
	d.unquote = d.unquote[:0]
	plain := at // up to here it is in unquote
	for {
		switch c := in[i]; {
		case c == '"':
			if !utf8.Valid(in[at:i]) {
				return nil, fail
			}
			if plain == at {
				return in[at:i], i + 1
			}
			d.unquote = append(d.unquote, in[plain:i]...)
			return d.unquote, i + 1
		case c == '\\':
			d.unquote = append(d.unquote, in[plain:i]...)
			if i = d.escape(i); i < 0 {
				return nil, fail
			}
			plain = i
		case c < ' ':
			return nil, fail
		default:
			i++
		}
	}
}

// escape appends what the escape at a place stands for.
func (d *decoder) escape(at int) int {
	c := d.in[at+1]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return d.unicodeEscape(at)
	default:
		return fail
	}
	d.unquote = append(d.unquote, c)
	return at + 2
}

func (d *decoder) unicodeEscape(at int) int {
	r := d.hex(at)
	if r < 0 {
		return fail
	}
	at += len(`\u0000`)
	if utf16.IsSurrogate(r) {
		pair := utf16.DecodeRune(r, d.hex(at))
		if pair != unicode.ReplacementChar {
			at += len(`\u0000`)
		}
		r = pair // U+FFFD for half a pair, as in encoding/json
	}
	d.unquote = utf8.AppendRune(d.unquote, r)
	return at
}

// hex returns the code of the \u escape at a place, or a negative number.
func (d *decoder) hex(at int) rune {
	if d.in[at] != '\\' || d.in[at+1] != 'u' {
		return fail
	}
	r := rune(0)
	for _, c := range d.in[at+2 : at+6] {
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return fail
		}
		r = r<<4 | rune(c)
	}
	return r
}
