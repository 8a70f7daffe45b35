package io.nereid.bench.load;

/**
 * One row of the table.
 *
 * @param scenario its name
 * @param concurrency requests under way at the same time
 * @param report what the client saw
 * @param cost what this process used meanwhile
 */
record Measurement(String scenario, int concurrency, WrkReport report, ProcessCost cost) {
    double cpuMicrosPerRequest() {
        return cost.cpuNanos() / 1000.0 / report.requests();
    }

    double heapBytesPerRequest() {
        return (double) cost.heapBytes() / report.requests();
    }
}
