'use strict';

const fs = require('node:fs/promises');
const path = require('node:path');

const PASSING = 60;

class Gradebook {
  constructor(course) {
    this.course = course;
    this.students = new Map();
  }

  enroll(name, email) {
    if (this.students.has(email)) {
      throw new Error(`${email} is enrolled already`);
    }
    const student = { name, email, scores: [] };
    this.students.set(email, student);
    return student;
  }

  record(email, assignment, score) {
    const student = this.students.get(email);
    if (!student) {
      throw new Error(`no student is enrolled as ${email}`);
    }
    if (score < 0 || score > 100) {
      throw new RangeError(`a score of ${score} is out of range`);
    }
    student.scores.push({ assignment, score });
  }

  average(email) {
    const { scores } = this.students.get(email);
    if (scores.length === 0) {
      return null;
    }
    const sum = scores.reduce((total, entry) => total + entry.score, 0);
    return sum / scores.length;
  }

  passing() {
    return [...this.students.values()].filter((student) => this.average(student.email) >= PASSING);
  }

  ranking() {
    const rows = [...this.students.values()].map((student) => ({
      name: student.name,
      average: this.average(student.email) ?? 0,
    }));
    rows.sort((a, b) => b.average - a.average || a.name.localeCompare(b.name));
    return rows;
  }

  toJSON() {
    return { course: this.course, students: [...this.students.values()] };
  }

  static fromJSON(json) {
    const book = new Gradebook(json.course);
    for (const student of json.students) {
      book.students.set(student.email, student);
    }
    return book;
  }
}

async function save(book, folder) {
  await fs.mkdir(folder, { recursive: true });
  const file = path.join(folder, `${book.course}.json`);
  await fs.writeFile(file, JSON.stringify(book, null, 2));
  return file;
}

async function load(file) {
  const text = await fs.readFile(file, 'utf8');
  return Gradebook.fromJSON(JSON.parse(text));
}

module.exports = { Gradebook, save, load, PASSING };
