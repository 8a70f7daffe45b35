package io.nereid.perf.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The report as a page: one file with its style, its script and the figures, which asks nothing of any network. Its
 * policy allows the one script and the one style by their hashes, and no source of anything else.
 */
public final class HtmlReport {
    private static final List<String> SCRIPTS = List.of("format.js", "dom.js", "line-plot.js", "charts.js", "page.js");

    private HtmlReport() {}

    /** The file's text. */
    public static String of(MeasuredRun run) {
        String script = SCRIPTS.stream().map(HtmlReport::resource).collect(Collectors.joining("\n"));
        String style = resource("report.css");
        return resource("report.html")
                .replace("{{policy}}", "default-src 'none'; img-src data:; script-src '" + hash(script)
                        + "'; style-src '" + hash(style) + "'")
                .replace("{{style}}", style)
                .replace("{{script}}", script)
                .replace("{{data}}", PageData.of(run));
    }

    private static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java has SHA-256", missing);
        }
    }

    private static String resource(String name) {
        try (InputStream file = Objects.requireNonNull(HtmlReport.class.getResourceAsStream(name), name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
