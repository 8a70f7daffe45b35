/**
 * What a measurement found, for people and for programs: the text in the terminal, the CSV file in perf_analyzer's
 * columns, and the page, one HTML file that needs nothing else. Every text of a server is data to the page: it is written
 * as JSON and shown as text, and the page allows no script but its own. No threads. May import the measurement's and the
 * statistics' records.
 */
@NullMarked
package io.nereid.perf.report;

import org.jspecify.annotations.NullMarked;
