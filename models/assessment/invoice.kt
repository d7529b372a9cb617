package org.example.billing

import java.math.BigDecimal
import java.math.RoundingMode
import java.time.LocalDate

enum class Status { DRAFT, SENT, PAID, OVERDUE }

data class LineItem(val description: String, val quantity: Int, val unitPrice: BigDecimal) {
    init {
        require(quantity > 0) { "quantity must be positive, was $quantity" }
    }

    val total: BigDecimal
        get() = unitPrice.multiply(BigDecimal(quantity))
}

class Invoice(val number: String, val customer: String, val issued: LocalDate) {
    private val items = mutableListOf<LineItem>()

    var status: Status = Status.DRAFT
        private set

    val due: LocalDate = issued.plusDays(PAYMENT_DAYS)

    fun add(item: LineItem) {
        check(status == Status.DRAFT) { "invoice $number was sent already" }
        items.add(item)
    }

    fun subtotal(): BigDecimal = items.fold(BigDecimal.ZERO) { sum, item -> sum + item.total }

    fun tax(rate: BigDecimal): BigDecimal = subtotal().multiply(rate).setScale(2, RoundingMode.HALF_UP)

    fun total(rate: BigDecimal): BigDecimal = subtotal() + tax(rate)

    fun send() {
        check(items.isNotEmpty()) { "invoice $number has no items" }
        status = Status.SENT
    }

    fun pay() {
        check(status == Status.SENT || status == Status.OVERDUE) { "invoice $number is not open" }
        status = Status.PAID
    }

    fun refresh(today: LocalDate) {
        if (status == Status.SENT && today.isAfter(due)) {
            status = Status.OVERDUE
        }
    }

    companion object {
        const val PAYMENT_DAYS = 30L
    }
}

fun openAmounts(invoices: List<Invoice>, rate: BigDecimal): Map<String, BigDecimal> =
    invoices
        .filter { it.status == Status.SENT || it.status == Status.OVERDUE }
        .groupBy { it.customer }
        .mapValues { (_, open) -> open.fold(BigDecimal.ZERO) { sum, invoice -> sum + invoice.total(rate) } }
