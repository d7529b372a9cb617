package org.example.library;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Books of a library, and who has borrowed them. */
public final class Library {
    private static final int MAX_LOANS = 5;
    private static final int LOAN_DAYS = 28;

    private final Map<String, Book> books = new HashMap<>();
    private final Map<String, Loan> loans = new HashMap<>();

    public record Book(String isbn, String title, String author, int year) {}

    public record Loan(Book book, String reader, LocalDate due) {
        public boolean isOverdue(LocalDate today) {
            return due.isBefore(today);
        }
    }

    public void add(Book book) {
        if (books.containsKey(book.isbn())) {
            throw new IllegalArgumentException("there is a book with the number " + book.isbn());
        }
        books.put(book.isbn(), book);
    }

    public Optional<Book> find(String isbn) {
        return Optional.ofNullable(books.get(isbn));
    }

    public List<Book> byAuthor(String author) {
        List<Book> found = new ArrayList<>();
        for (Book book : books.values()) {
            if (book.author().equalsIgnoreCase(author)) {
                found.add(book);
            }
        }
        found.sort(Comparator.comparing(Book::year).thenComparing(Book::title));
        return found;
    }

    public Loan lend(String isbn, String reader, LocalDate today) {
        Book book = find(isbn).orElseThrow(() -> new IllegalArgumentException("unknown book " + isbn));
        if (loans.containsKey(isbn)) {
            throw new IllegalStateException(book.title() + " is lent already");
        }
        if (countLoans(reader) >= MAX_LOANS) {
            throw new IllegalStateException(reader + " has " + MAX_LOANS + " books already");
        }
        Loan loan = new Loan(book, reader, today.plusDays(LOAN_DAYS));
        loans.put(isbn, loan);
        return loan;
    }

    public void giveBack(String isbn) {
        if (loans.remove(isbn) == null) {
            throw new IllegalStateException("the book was not lent");
        }
    }

    public long countLoans(String reader) {
        return loans.values().stream().filter(loan -> loan.reader().equals(reader)).count();
    }

    public Map<String, List<Loan>> overdue(LocalDate today) {
        Map<String, List<Loan>> byReader = new HashMap<>();
        for (Loan loan : loans.values()) {
            if (loan.isOverdue(today)) {
                byReader.computeIfAbsent(loan.reader(), reader -> new ArrayList<>()).add(loan);
            }
        }
        return byReader;
    }
}
