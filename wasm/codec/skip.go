package codec

// skip returns the place behind the value at a place, white space before it or
// not, if it is valid.
func (d *decoder) skip(at int) int {
	at = d.space(at)
	switch c := d.in[at]; c {
	case '"':
		return d.skipText(at + 1)
	case '{':
		return d.skipObject(at)
	case '[':
		return d.skipArray(at)
	case 'n':
		return d.null(at)
	case 't', 'f':
		_, next := d.bool(at)
		return next
	case '-':
		at++
	}
	_, _, next := d.decimal(at)
	return next
}

// skipText skips a text that is valid JSON; nobody asks whether it is UTF-8.
func (d *decoder) skipText(at int) int {
	for {
		switch c := d.in[at]; {
		case c == '"':
			return at + 1
		case c < ' ':
			return fail
		case c == '\\':
			d.unquote = d.unquote[:0]
			if at = d.escape(at); at < 0 {
				return fail
			}
		default:
			at++
		}
	}
}

func (d *decoder) skipObject(at int) int {
	if d.depth++; d.depth > maxDepth {
		return fail
	}
	for first := true; ; first = false {
		next, more := d.nextKey(at, first)
		if !more {
			d.depth--
			return next
		}
		if next = d.skipText(next + 1); next < 0 {
			return fail
		}
		if next = d.space(next); d.in[next] != ':' {
			return fail
		}
		if at = d.skip(next + 1); at < 0 {
			return fail
		}
	}
}

func (d *decoder) skipArray(at int) int {
	if d.depth++; d.depth > maxDepth {
		return fail
	}
	if at = d.space(at + 1); d.in[at] == ']' {
		d.depth--
		return at + 1
	}
	for more := true; more; {
		if at = d.skip(at); at < 0 {
			return fail
		}
		at, more = d.nextElement(at)
	}
	d.depth--
	return at
}
