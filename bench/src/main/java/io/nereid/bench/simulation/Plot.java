package io.nereid.bench.simulation;

import com.google.errorprone.annotations.FormatMethod;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A plot as SVG: lines or bars over two axes. The same data gives the same bytes. */
final class Plot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 400;
    private static final int LEFT = 70;
    private static final int RIGHT = 34;
    private static final int TOP = 44;
    private static final int BOTTOM = 92;
    /** Okabe and Ito's colours, which colour-blind readers can distinguish. */
    private static final String[] COLOURS = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"};

    private final String title;
    private final Axis across;
    private final Axis up;
    private final List<Series> series = new ArrayList<>();

    Plot(String title, Axis across, Axis up) {
        this.title = title;
        this.across = across;
        this.up = up;
    }

    /**
     * An axis.
     *
     * @param label what it shows, with its unit
     * @param from value at its start
     * @param to value at its end
     * @param logarithmic whether equal distances are equal factors
     * @param ticks values that are written at it
     */
    record Axis(String label, double from, double to, boolean logarithmic, List<Double> ticks) {
        /** Where a value lies between start and end, 0 to 1, or at the nearer of them. */
        double place(double value) {
            double share = logarithmic ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
            return Math.clamp(share, 0, 1);
        }
    }

    /** Points of one name. */
    private record Series(String name, boolean bars, List<double[]> points) {}

    /** Adds a line through points {x, y}. */
    Plot line(String name, List<double[]> points) {
        series.add(new Series(name, false, points));
        return this;
    }

    /** Adds bars at points {x, y}. */
    Plot bars(String name, List<double[]> points) {
        series.add(new Series(name, true, points));
        return this;
    }

    String svg() {
        StringBuilder svg = new StringBuilder();
        append(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                + "font-family=\"sans-serif\" font-size=\"13\">", WIDTH, HEIGHT, WIDTH, HEIGHT);
        append(svg, "<title>%s</title>", escaped(title));
        append(svg, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, HEIGHT);
        text(svg, WIDTH / 2.0, 24, "middle", "bold", title);
        drawAcross(svg);
        drawUp(svg);
        for (int i = 0; i < series.size(); i++) {
            draw(svg, i);
        }
        drawLegend(svg);
        return svg.append("</svg>\n").toString();
    }

    private void drawAcross(StringBuilder svg) {
        for (double tick : across.ticks()) {
            rule(svg, x(tick), TOP, x(tick), HEIGHT - BOTTOM);
            text(svg, x(tick), HEIGHT - BOTTOM + 18, "middle", "normal", number(tick));
        }
        text(svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - BOTTOM + 40, "middle", "normal", across.label());
    }

    private void drawUp(StringBuilder svg) {
        for (double tick : up.ticks()) {
            rule(svg, LEFT, y(tick), WIDTH - RIGHT, y(tick));
            text(svg, LEFT - 8, y(tick) + 4, "end", "normal", number(tick));
        }
        append(svg,
                "<text transform=\"translate(16 %.1f) rotate(-90)\" text-anchor=\"middle\" fill=\"#222222\">%s</text>",
                (TOP + HEIGHT - BOTTOM) / 2.0, escaped(up.label()));
    }

    /** Earlier lines are wider, so that those under others are seen. */
    private void draw(StringBuilder svg, int index) {
        Series one = series.get(index);
        if (one.bars()) {
            drawBars(svg, one, index);
            return;
        }
        StringBuilder path = new StringBuilder();
        for (double[] point : one.points()) {
            path.append(
                    String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : " L", x(point[0]), y(point[1])));
        }
        append(svg, "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" stroke-linejoin=\"round\"/>",
                path,
                COLOURS[index], 2 + 1.5 * (series.size() - 1 - index));
    }

    private void drawBars(StringBuilder svg, Series one, int index) {
        double width = 0.8 * (x(across.from() + 1) - x(across.from())) / series.size();
        for (double[] point : one.points()) {
            double left = x(point[0]) + (index - series.size() / 2.0) * width;
            append(svg, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>", left, y(point[1]),
                    width, y(up.from()) - y(point[1]), COLOURS[index]);
        }
    }

    private void drawLegend(StringBuilder svg) {
        double width = (double) (WIDTH - LEFT - RIGHT) / series.size();
        for (int i = 0; i < series.size(); i++) {
            double left = LEFT + i * width;
            append(svg, "<rect x=\"%.1f\" y=\"%d\" width=\"18\" height=\"5\" fill=\"%s\"/>", left, HEIGHT - 22,
                    COLOURS[i]);
            text(svg, left + 24, HEIGHT - 15, "start", "normal", series.get(i).name());
        }
    }

    private static void rule(StringBuilder svg, double x1, double y1, double x2, double y2) {
        append(svg, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>", x1, y1, x2, y2);
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String weight, String text) {
        append(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-weight=\"%s\" fill=\"#222222\">%s</text>", x,
                y,
                anchor, weight, escaped(text));
    }

    private double x(double value) {
        return LEFT + across.place(value) * (WIDTH - LEFT - RIGHT);
    }

    private double y(double value) {
        return HEIGHT - BOTTOM - up.place(value) * (HEIGHT - TOP - BOTTOM);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%s", value);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    @FormatMethod
    private static void append(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
