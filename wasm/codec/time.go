package codec

import "time"

// time decodes a time. The usual form is read here, 2006-01-02T15:04:05Z or
// with up to nine digits behind a point; whatever else time.Time knows is read by
// it.
func (d *decoder) time(at int, p *time.Time) int {
	in := d.in
	if in[at] != '"' {
		return fail
	}
	start := at
	at++
	// Three words: 2006-01-, 02T15:04 and :05 with what follows. The digits
	// become their values and everything else zero, if it is what it must be.
	date := load(in, at) ^ 0x2d30302d30303030
	clock := load(in, at+8) ^ 0x30303a3030543030
	second := load(in, at+16)&0xffffff ^ 0x30303a
	if ((date+0x0076760076767676)|(clock+0x7676007676007676)|(second+0x767600)|date|clock|second)&highs != 0 ||
		date&0xff0000ff00000000|clock&0x0000ff0000ff0000|second&0xff != 0 {
		return d.otherTime(start, p)
	}
	date = date*10 + date>>8 // in every other byte, the value of a pair of digits
	clock = clock*10 + clock>>8
	second = second*10 + second>>8
	t := civil{
		year:  int(date&0xff)*100 + int(date>>16&0xff),
		month: int(date >> 40 & 0xff),
		day:   int(clock & 0xff),
		clock: int(clock>>24&0xff)*3600 + int(clock>>48&0xff)*60 + int(second>>8&0xff),
	}
	if !t.valid() || clock>>24&0xff > 23 || clock>>48&0xff > 59 || second>>8&0xff > 59 {
		return d.otherTime(start, p)
	}
	nanoseconds := 0
	if at += len("2006-01-02T15:04:05"); in[at] == '.' {
		nanoseconds, at = d.fraction(at + 1)
	}
	if at < 0 || in[at] != 'Z' || in[at+1] != '"' {
		return d.otherTime(start, p)
	}
	*p = time.Unix(int64(t.unix()), int64(nanoseconds)).UTC()
	return at + 2
}

func (d *decoder) otherTime(at int, p *time.Time) int {
	next := d.skipText(at + 1)
	if next < 0 || p.UnmarshalJSON(d.in[at:next]) != nil {
		return fail
	}
	return next
}

// fraction returns up to nine digits of a second's fraction as nanoseconds.
func (d *decoder) fraction(at int) (nanoseconds, next int) {
	value, count := digits(load(d.in, at))
	at += count
	if count == 8 && isDigit(d.in[at]) {
		return int(value)*10 + int(d.in[at]-'0'), at + 1
	}
	if count == 0 {
		return 0, fail
	}
	return int(value*powersOfTen[8-count]) * 10, at
}

// civil is a date, and the seconds since its midnight. Its arithmetic is without
// division, which is slow in wasm and not made into something else there.
type civil struct{ year, month, day, clock int }

// century returns the hundreds of the year, which has four digits.
func (t civil) century() int { return t.year * 5243 >> 19 }

func (t civil) valid() bool {
	if t.day < 1 || t.month < 1 || t.month > 12 {
		return false
	}
	if t.day <= 28 {
		return true
	}
	if t.month != 2 {
		return t.day <= 30+(t.month+t.month>>3)&1
	}
	return t.day == 29 && t.year&3 == 0 && (t.century()*100 != t.year || t.century()&3 == 0)
}

// unix returns the seconds since 1970. The days are counted from the first of
// March of the year -400, so that the day that is not in every year comes last
// and nothing is negative.
func (t civil) unix() int {
	if t.month < 3 {
		t.month += 12
		t.year--
	}
	t.year += 400
	days := t.year*365 + t.year>>2 - t.century() + t.century()>>2 + (979*t.month-2919)>>5 + t.day - 1
	return (days-146097-719468)*86400 + t.clock
}
