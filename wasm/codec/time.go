package codec

import "time"

// time decodes a time. The usual form is read here, 2006-01-02T15:04:05Z or
// with up to nine digits behind a point; whatever else time.Time knows is read by
// it. What has to hold is looked at in few places, as each takes a jump.
func (d *decoder) time(at int, p *time.Time) int {
	in := d.in
	// Three words: 2006-01-, 02T15:04 and :05 with what follows. The digits
	// become their values and everything else zero, if it is what it must be.
	date := load(in, at+1) ^ 0x2d30302d30303030
	clock := load(in, at+9) ^ 0x30303a3030543030
	second := load(in, at+17)&0xffffff ^ 0x30303a
	wrong := ((date + 0x0076760076767676) | (clock + 0x7676007676007676) | (second + 0x767600) | date | clock | second) & highs
	wrong |= date&0xff0000ff00000000 | clock&0x0000ff0000ff0000 | second&0xff
	date = date*10 + date>>8 // in every other byte, the value of a pair of digits
	clock = clock*10 + clock>>8
	second = second*10 + second>>8
	year := int(date&0xff)*100 + int(date>>16&0xff)
	month, day := int(date>>40&0xff), int(clock&0xff)
	hour, minute, seconds := int(clock>>24&0xff), int(clock>>48&0xff), int(second>>8&0xff)
	wrong |= uint64((month-1)|(12-month)|(day-1)|(int(lastDays[isUsualLeap(year)<<4|month&15])-day)|(23-hour)|(59-minute)|(59-seconds)) & (1 << 63)

	// Without a point, all of the fraction's is zero.
	next := at + len(`"2006-01-02T15:04:05`)
	point := int((uint64(in[next]^'.') - 1) >> 63)
	value, count := digits(load(in, next+point))
	count &= -point
	wrong |= uint64(count-point) & (1 << 63) // no digit behind it
	next += point + count
	ninth := uint64(in[next] ^ '0')
	isNinth := uint64(count>>3) & ((ninth - 10) >> 63)
	next += int(isNinth)
	nanoseconds := value&uint64(-point)*powersOfTen[8-count]*10 + ninth&-isNinth

	if wrong|uint64(in[at]^'"') != 0 || uint16(load(in, next)) != 'Z'|'"'<<8 {
		return d.otherTime(at, p)
	}
	*p = time.Unix(int64(daysSince1970(year, month, day)*86400+hour*3600+minute*60+seconds), int64(nanoseconds)).UTC()
	return next + 2
}

func (d *decoder) otherTime(at int, p *time.Time) int {
	if d.in[at] != '"' {
		return fail
	}
	next := d.skipText(at + 1)
	if next < 0 || p.UnmarshalJSON(d.in[at:next]) != nil {
		return fail
	}
	return next
}

// What follows is without division, which is slow in wasm and not made into something
// else there, and without jumps.

// century returns the hundreds of a year, which has four digits.
func century(year int) int { return year * 5243 >> 19 }

// isUsualLeap is one for leap years, except that it leaves those that end a century to
// others.
func isUsualLeap(year int) int { return isZero(year&3) &^ isZero(year-100*century(year)) }

// isZero is one for zero, and zero for what is greater.
func isZero(n int) int { return int(uint(n-1) >> 63) }

// lastDays are the last days of the months, and then those in leap years.
var lastDays = [32]uint8{
	0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0,
	0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0,
}

// daysSince1970 counts from the first of March of the year -400, so that the day that
// is not in every year comes last and nothing is negative.
func daysSince1970(year, month, day int) int {
	early := (month - 3) >> 63 // all ones in January and February
	month += 12 & early
	year += 400 + early
	return year*365 + year>>2 - century(year) + century(year)>>2 + (979*month-2919)>>5 + day - 1 - 146097 - 719468
}
