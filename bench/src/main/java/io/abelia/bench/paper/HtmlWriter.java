package io.abelia.bench.paper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The paper as one HTML file, plots included. Understands what {@link PaperSource} allows; anything else is an error. */
final class HtmlWriter {
    private static final Map<String, String> SYMBOLS = Map.ofEntries(
            Map.entry("le", "≤"),
            Map.entry("ge", "≥"),
            Map.entry("times", "×"),
            Map.entry("to", "→"),
            Map.entry("cup", "∪"),
            Map.entry("in", "∈"),
            Map.entry("max", "max"),
            Map.entry("ldots", "…"),
            Map.entry("%", "%"),
            Map.entry("_", "_"),
            Map.entry("&", "&amp;"),
            Map.entry("#", "#"),
            Map.entry(",", " "),
            Map.entry("LaTeX", "LaTeX"),
            Map.entry("\\", " "),
            Map.entry("{", "{"),
            Map.entry("}", "}"));

    private final ResultSet results;
    private final Path plots;
    private final List<String> works = new ArrayList<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final StringBuilder out = new StringBuilder();
    private String text = "";
    private int at;
    private int sections;
    private int subsections;
    private int tables;
    private int figures;
    private boolean inParagraph;

    HtmlWriter(final ResultSet results, final Path plots) {
        this.results = results;
        this.plots = plots;
    }

    /** Converts the text between the title and the end. */
    String convert(final PaperSource source) {
        final String body = source.body();
        number(body);
        text = body.substring(
                body.indexOf("\\begin{document}") + "\\begin{document}".length(), body.indexOf("\\end{document}"));
        at = 0;
        while (at < text.length()) {
            step();
        }
        endParagraph();
        return out.toString();
    }

    /** Numbers what can be referred to, in the order of its appearance. */
    private void number(final String body) {
        final var items = Pattern.compile("\\\\bibitem\\{([^}]*)}").matcher(body);
        while (items.find()) {
            works.add(items.group(1));
        }
        final var labels = Pattern.compile("\\\\(section|restable|plot)\\b|\\\\label\\{([^}]*)}")
                .matcher(body);
        int section = 0;
        while (labels.find()) {
            if ("section".equals(labels.group(1))) {
                section++;
            } else if (labels.group(2) != null) {
                numbers.put(labels.group(2), section);
            }
        }
        int table = 0;
        for (final PaperSource.Table one : PaperSource.tables(body)) {
            numbers.put(one.label(), ++table);
        }
        int figure = 0;
        final var drawn =
                Pattern.compile("\\\\plot\\{[^}]*}\\{[^}]*}\\{([^}]*)}").matcher(body);
        while (drawn.find()) {
            numbers.put(drawn.group(1), ++figure);
        }
    }

    private void step() {
        final char c = text.charAt(at);
        if (c == '\\') {
            command();
        } else if (c == '$') {
            final int end = text.indexOf('$', at + 1);
            inline("<i>" + math(text.substring(at + 1, end)) + "</i>");
            at = end + 1;
        } else if (c == '\n' && text.startsWith("\n\n", at)) {
            endParagraph();
            at += 2;
        } else if (c == '{' || c == '}') {
            at++;
        } else {
            plain(c);
        }
    }

    private void plain(final char c) {
        if (text.startsWith("---", at)) {
            inline("—");
            at += 3;
        } else if (text.startsWith("--", at)) {
            inline("–");
            at += 2;
        } else if (text.startsWith("``", at) || text.startsWith("''", at)) {
            inline(c == '`' ? "“" : "”");
            at += 2;
        } else {
            at++;
            if (c == '~') {
                inline("&nbsp;");
            } else if (c != '\n' || inParagraph) {
                inline(escape(String.valueOf(c)));
            }
        }
    }

    private static String math(final String formula) {
        String shown = escape(formula);
        for (final Map.Entry<String, String> symbol : SYMBOLS.entrySet()) {
            if (Character.isLetter(symbol.getKey().charAt(0))) {
                shown = shown.replaceAll("\\\\" + symbol.getKey() + "(?![a-zA-Z])\\s?", symbol.getValue());
            }
        }
        if (shown.indexOf('\\') >= 0 && !shown.matches("(?s)(?:[^\\\\]|\\\\(?:mathit|mbox)\\{|\\\\,)*")) {
            throw new PaperException("mathematics that the HTML form cannot show: " + formula);
        }
        return shown.replaceAll("_\\{([^}]*)}", "<sub>$1</sub>")
                .replaceAll("_(\\w)", "<sub>$1</sub>")
                .replaceAll("\\^\\{([^}]*)}", "<sup>$1</sup>")
                .replaceAll("\\^(\\w)", "<sup>$1</sup>")
                .replace("\\,", " ")
                .replaceAll("\\\\(?:mathit|mbox)\\{([^}]*)}", "$1");
    }

    private static String escape(final String plain) {
        return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private void inline(final String html) {
        if (!inParagraph && !html.isBlank()) {
            out.append("<p>");
            inParagraph = true;
        }
        out.append(html);
    }

    private void endParagraph() {
        if (inParagraph) {
            out.append("</p>\n");
            inParagraph = false;
        }
    }

    private void command() {
        at++;
        int end = at;
        while (end < text.length() && Character.isLetter(text.charAt(end))) {
            end++;
        }
        end = Math.max(end, at + 1);
        final String name = text.substring(at, end);
        at = end;
        if (SYMBOLS.containsKey(name)) {
            inline(SYMBOLS.getOrDefault(name, ""));
            return;
        }
        switch (name) {
            case "begin" -> environment(argument());
            case "section" -> heading("h2", ++sections + "&ensp;", true);
            case "subsection" -> heading("h3", sections + "." + ++subsections + "&ensp;", false);
            case "paragraph" -> {
                endParagraph();
                inline("<b>" + nested(argument()) + "</b> ");
            }
            case "emph" -> inline("<em>" + nested(argument()) + "</em>");
            case "textbf" -> inline("<b>" + nested(argument()) + "</b>");
            case "texttt" -> inline("<code>" + nested(argument()) + "</code>");
            case "url" -> inline("<code>" + escape(argument()) + "</code>");
            case "given" -> inline(nested(argument()));
            case "res" -> inline(results.row(argument()).text());
            case "resci" -> inline(results.row(argument()).interval());
            case "resenv" -> inline(escape(results.environment(argument())));
            case "restable" -> table(argument(), argument(), argument());
            case "plot" -> plot(argument(), argument(), argument());
            case "cite" -> cite(argument());
            case "ref" -> inline(String.valueOf(numbers.getOrDefault(argument(), 0)));
            case "label" -> argument();
            case "appendix", "maketitle", "noindent", "small" -> {
                // what the page does by itself
            }
            case "quickmark" -> {
                if (results.isQuick()) {
                    inline("<b>Numbers of a quick run: the intervals may not support the claims.</b>");
                }
            }
            default -> throw new PaperException("\\" + name + " is not among what the paper may use");
        }
    }

    private void heading(final String tag, final String number, final boolean begins) {
        endParagraph();
        if (begins) {
            subsections = 0;
        }
        out.append('<')
                .append(tag)
                .append('>')
                .append(number)
                .append(nested(argument()))
                .append("</")
                .append(tag)
                .append(">\n");
    }

    /** The next argument in braces, as it stands. */
    private String argument() {
        while (text.charAt(at) != '{') {
            if (!Character.isWhitespace(text.charAt(at))) {
                throw new PaperException(
                        "an argument is missing before: " + text.substring(at, Math.min(text.length(), at + 40)));
            }
            at++;
        }
        int depth = 0;
        final int start = at + 1;
        do {
            depth += text.charAt(at) == '{' ? 1 : text.charAt(at) == '}' ? -1 : 0;
            at++;
        } while (depth > 0);
        return text.substring(start, at - 1);
    }

    /** Converts text that stands within a paragraph. */
    private String nested(final String inner) {
        final String outerText = text;
        final int outerAt = at;
        final boolean outerParagraph = inParagraph;
        final int length = out.length();
        text = inner;
        at = 0;
        inParagraph = true;
        while (at < text.length()) {
            step();
        }
        final String html = out.substring(length);
        out.setLength(length);
        text = outerText;
        at = outerAt;
        inParagraph = outerParagraph;
        return html;
    }

    private void environment(final String name) {
        final String closing = "\\end{" + name + "}";
        final int end = text.indexOf(closing, at);
        if (end < 0) {
            throw new PaperException("\\begin{" + name + "} does not end");
        }
        final String inner = text.substring(at, end);
        at = end + closing.length();
        endParagraph();
        switch (name) {
            case "itemize" -> items("ul", inner);
            case "enumerate" -> items("ol", inner);
            case "verbatim" -> out.append("<pre>").append(escape(inner.strip())).append("</pre>\n");
            case "equation" ->
                out.append("<p class=\"equation\"><i>")
                        .append(math(inner.strip()))
                        .append("</i></p>\n");
            case "abstract" ->
                out.append("<div class=\"abstract\"><p><b>Abstract.</b> ")
                        .append(nested(inner.strip()))
                        .append("</p></div>\n");
            case "thebibliography" -> bibliography(inner);
            default -> throw new PaperException("environment " + name + " is not among what the paper may use");
        }
    }

    private void items(final String tag, final String inner) {
        out.append('<').append(tag).append(">\n");
        for (final String item : inner.split("\\\\item\\b", -1)) {
            if (!item.isBlank()) {
                out.append("<li>").append(nested(item.strip())).append("</li>\n");
            }
        }
        out.append("</").append(tag).append(">\n");
    }

    private void bibliography(final String inner) {
        out.append("<h2>References</h2>\n<ol>\n");
        for (final String item : inner.split("\\\\bibitem\\{", -1)) {
            final int end = item.indexOf('}');
            if (end > 0 && works.contains(item.substring(0, end))) {
                out.append("<li>")
                        .append(nested(item.substring(end + 1).strip()))
                        .append("</li>\n");
            }
        }
        out.append("</ol>\n");
    }

    private void cite(final String keys) {
        final List<String> shown = new ArrayList<>();
        for (final String key : PaperSource.ids(keys)) {
            shown.add(Integer.toString(works.indexOf(key) + 1));
        }
        inline("[" + String.join(", ", shown) + "]");
    }

    private void table(final String caption, final String label, final String ids) {
        endParagraph();
        out.append("<table><caption>Table ")
                .append(++tables)
                .append(". ")
                .append(nested(caption))
                .append("</caption>\n");
        for (final String id : PaperSource.ids(ids)) {
            final ResultSet.Row row = results.row(id);
            out.append("<tr><td>")
                    .append(escape(row.label()))
                    .append("</td><td class=\"number\">")
                    .append(row.interval())
                    .append("</td><td>")
                    .append(escape(row.unit()))
                    .append("</td></tr>\n");
        }
        out.append("</table>\n");
        numbers.putIfAbsent(label, tables);
    }

    private void plot(final String name, final String caption, final String label) {
        endParagraph();
        try {
            out.append("<figure>")
                    .append(Files.readString(plots.resolve(name + ".svg")))
                    .append("<figcaption>Figure ")
                    .append(++figures)
                    .append(". ")
                    .append(nested(caption))
                    .append("</figcaption></figure>\n");
        } catch (final IOException e) {
            throw new PaperException("the paper shows the plot " + name + ", which is not in " + plots);
        }
        numbers.putIfAbsent(label, figures);
    }
}
