package codec

// any decodes a value for an interface that had none.
func (d *decoder) any(at int) (any, int) {
	at = d.space(at)
	switch d.in[at] {
	case '"':
		text, next := d.text(at + 1)
		if next < 0 {
			return nil, fail
		}
		return d.shared.keep(text), next
	case 'n':
		return nil, d.null(at)
	case 't', 'f':
		return d.bool(at)
	case '{':
		object, next := d.anyObject(at)
		return object, next
	case '[':
		array, next := d.anyArray(at)
		return array, next
	}
	f, next := d.float(at)
	return f, next
}

func (d *decoder) anyObject(at int) (map[string]any, int) {
	if d.depth++; d.depth > maxDepth {
		return nil, fail
	}
	object := make(map[string]any)
	for first := true; ; first = false {
		next, more := d.nextKey(at, first)
		if !more {
			d.depth--
			return object, next
		}
		name, next := d.keyText(next)
		if next < 0 {
			return nil, fail
		}
		key := d.shared.keep(name)
		if object[key], at = d.any(next); at < 0 {
			return nil, fail
		}
	}
}

func (d *decoder) anyArray(at int) ([]any, int) {
	if d.depth++; d.depth > maxDepth {
		return nil, fail
	}
	array := []any{}
	if at = d.space(at + 1); d.in[at] == ']' {
		d.depth--
		return array, at + 1
	}
	for more := true; more; {
		var value any
		if value, at = d.any(at); at < 0 {
			return nil, fail
		}
		array = append(array, value)
		at, more = d.nextElement(at)
	}
	d.depth--
	return array, at
}
