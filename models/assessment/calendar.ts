// Meetings of a team, and the gaps between them.

export interface Meeting {
  id: string;
  title: string;
  start: Date;
  end: Date;
  attendees: string[];
}

export interface Gap {
  start: Date;
  end: Date;
}

const MINUTE = 60 * 1000;

export class Calendar {
  private readonly meetings = new Map<string, Meeting>();

  add(meeting: Meeting): void {
    if (meeting.end <= meeting.start) {
      throw new RangeError(`${meeting.title} ends before it starts`);
    }
    this.meetings.set(meeting.id, meeting);
  }

  remove(id: string): boolean {
    return this.meetings.delete(id);
  }

  get size(): number {
    return this.meetings.size;
  }

  /** The meetings of a person, in the order of time. */
  of(person: string): Meeting[] {
    return [...this.meetings.values()]
      .filter((meeting) => meeting.attendees.includes(person))
      .sort((a, b) => a.start.getTime() - b.start.getTime());
  }

  conflicts(person: string): [Meeting, Meeting][] {
    const meetings = this.of(person);
    const found: [Meeting, Meeting][] = [];
    for (let i = 1; i < meetings.length; i++) {
      const previous = meetings[i - 1];
      const current = meetings[i];
      if (current.start < previous.end) {
        found.push([previous, current]);
      }
    }
    return found;
  }

  /** Where all of the people have time for a meeting of this length. */
  gaps(people: string[], from: Date, to: Date, minutes: number): Gap[] {
    const busy = people.flatMap((person) => this.of(person));
    busy.sort((a, b) => a.start.getTime() - b.start.getTime());
    const gaps: Gap[] = [];
    let cursor = from;
    for (const meeting of busy) {
      if (meeting.start.getTime() - cursor.getTime() >= minutes * MINUTE) {
        gaps.push({ start: cursor, end: meeting.start });
      }
      if (meeting.end > cursor) {
        cursor = meeting.end;
      }
    }
    if (to.getTime() - cursor.getTime() >= minutes * MINUTE) {
      gaps.push({ start: cursor, end: to });
    }
    return gaps;
  }
}

export function formatMeeting(meeting: Meeting, locale = "en"): string {
  const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
  const names = meeting.attendees.join(", ");
  return `${time.format(meeting.start)} to ${time.format(meeting.end)}: ${meeting.title} (${names})`;
}

export async function fetchMeetings(url: string, signal?: AbortSignal): Promise<Meeting[]> {
  const response = await fetch(url, { signal, headers: { accept: "application/json" } });
  if (!response.ok) {
    throw new Error(`the server answered ${response.status}`);
  }
  const items: Array<Omit<Meeting, "start" | "end"> & { start: string; end: string }> = await response.json();
  return items.map((item) => ({ ...item, start: new Date(item.start), end: new Date(item.end) }));
}
