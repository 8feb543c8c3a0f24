import { describe, expect, it } from 'vitest'
import {
  allHours,
  type CalendarDefinition,
  copyDay,
  definitionOf,
  emptyHours,
  formOf,
  isOvernight,
  lacksDate,
  minutesOf,
  nextPeriod,
  normalTime,
  officeHours,
  openMinutes,
  problemsOf,
} from './week'

describe('minutesOf', () => {
  it('knows the times of a day, its end too, and nothing else', () => {
    expect(minutesOf('09:30')).toBe(570)
    expect(minutesOf('24:00')).toBe(1440)
    for (const wrong of ['24:01', '9', '09:60', '', 'noon']) expect(minutesOf(wrong)).toBeNull()
  })
})

describe('normalTime', () => {
  it('understands short ways to write a time and leaves the rest alone', () => {
    expect(['9', '930', '9.30', '0930', '24', '17:05'].map(normalTime)).toEqual([
      '09:00',
      '09:30',
      '09:30',
      '09:30',
      '24:00',
      '17:05',
    ])
    expect(['25', '9:75', 'noon', ''].map(normalTime)).toEqual(['25', '9:75', 'noon', ''])
  })
})

describe('problemsOf', () => {
  it('has nothing to say about several periods and nights that do not meet', () => {
    const hours = {
      ...emptyHours(),
      mon: [
        ['08:00', '12:00'],
        ['12:30', '17:00'],
        ['22:00', '06:00'],
      ],
      tue: [['06:00', '12:00']],
    }
    expect(problemsOf(hours as never)).toEqual(new Map())
  })
  it('finds periods of one day that overlap, and names the later one', () => {
    const hours = {
      ...emptyHours(),
      mon: [
        ['08:00', '12:00'],
        ['11:59', '17:00'],
      ],
    }
    expect(problemsOf(hours as never)).toEqual(new Map([['mon.1', 'overlap']]))
  })
  it('finds a night that runs into the next morning, also from Sunday into Monday', () => {
    const monday = { ...emptyHours(), mon: [['22:00', '06:00']], tue: [['05:00', '12:00']] }
    expect(problemsOf(monday as never)).toEqual(new Map([['tue.0', 'overlap']]))
    const sunday = { ...emptyHours(), sun: [['22:00', '06:00']], mon: [['05:00', '12:00']] }
    expect(problemsOf(sunday as never)).toEqual(new Map([['mon.0', 'overlap']]))
  })
  it('refuses periods without length and times that are none', () => {
    const hours = {
      ...emptyHours(),
      wed: [
        ['09:00', '09:00'],
        ['x', '10:00'],
      ],
    }
    expect(problemsOf(hours as never)).toEqual(
      new Map([
        ['wed.0', 'empty'],
        ['wed.1', 'bad_time'],
      ]),
    )
  })
})

describe('openMinutes', () => {
  it('counts the week, nights included', () => {
    expect(openMinutes(officeHours())).toBe(5 * 8 * 60)
    expect(openMinutes(allHours())).toBe(7 * 24 * 60)
    expect(openMinutes({ ...emptyHours(), fri: [['22:00', '06:00']] })).toBe(8 * 60)
  })
})

describe('nextPeriod', () => {
  it('goes on after a break, and starts with usual hours', () => {
    expect(nextPeriod([])).toEqual(['09:00', '17:00'])
    expect(nextPeriod([['08:00', '12:00']])).toEqual(['12:30', '16:30'])
    expect(nextPeriod([['08:00', '22:00']])).toEqual(['22:30', '24:00'])
  })
})

describe('copyDay', () => {
  it('copies values, not the list itself', () => {
    const hours = officeHours()
    hours.mon = [['07:00', '15:00']]
    copyDay(hours, 'mon', ['mon', 'tue'])
    expect(hours.tue).toEqual([['07:00', '15:00']])
    expect(hours.tue).not.toBe(hours.mon)
    expect(isOvernight(['22:00', '06:00'])).toBe(true)
  })
})

describe('formOf and definitionOf', () => {
  it('give back the definition they were given', () => {
    const definition: CalendarDefinition = {
      tz: 'Europe/Helsinki',
      hours: {
        mon: [
          ['08:00', '12:00'],
          ['12:30', '17:00'],
        ],
        sat: [['22:00', '06:00']],
      },
      holidays: ['2026-12-24', { date: '2026-12-25', name: 'Christmas Day' }],
      shifts: { '2026-12-31': [['08:00', '12:00']] },
      breaks: { '2026-11-30': [['10:00', '11:00']] },
    }
    expect(definitionOf(formOf(definition))).toEqual(definition)
  })
  it('keep what two rows say of one date', () => {
    const form = formOf({ tz: 'UTC' })
    form.shifts = [
      { date: '2026-12-24', periods: [['08:00', '10:00']] },
      { date: '2026-12-24', periods: [['11:00', '12:00']] },
    ]
    const both = [
      ['08:00', '10:00'],
      ['11:00', '12:00'],
    ]
    expect(definitionOf(form).shifts).toEqual({ '2026-12-24': both })
  })
  it('know a row that has no date yet', () => {
    expect(lacksDate([{ date: '2026-12-24' }])).toBe(false)
    expect(lacksDate([{ date: '2026-12-24' }, { date: '' }])).toBe(true)
  })
  it('fill in what a short definition leaves out', () => {
    expect(formOf({ tz: 'Etc/UTC' }).hours).toEqual(emptyHours())
  })
})
