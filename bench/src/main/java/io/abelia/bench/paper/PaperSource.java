package io.abelia.bench.paper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of the paper, in a small part of LaTeX: what both TeX and {@link HtmlWriter} understand. Numbers come from results:
 * {@code \res{BENCHMARK/ID}}, {@code \resci} with its interval, {@code \resenv{FACT}}, {@code \restable{CAPTION}{LABEL}{IDS}}, {@code
 * \plot{NAME}{CAPTION}{LABEL}}; those that are no measurement of ours (parameters, what others published) are marked {@code \given{...}}.
 */
final class PaperSource {
    private static final Pattern INPUT = Pattern.compile("\\\\input\\{(sections/[^}]*)}");
    private static final Pattern COMMENT = Pattern.compile("(?m)(?<!\\\\)%.*$\\n?");
    private static final Pattern RESULT = Pattern.compile("\\\\(?:res|resci)\\{([^}]*)}");
    private static final Pattern TABLE = Pattern.compile("\\\\restable\\{([^}]*)}\\{([^}]*)}\\{([^}]*)}");
    private static final Pattern CITATION = Pattern.compile("\\\\cite\\{([^}]*)}");
    private static final Pattern ITEM = Pattern.compile("\\\\bibitem\\{([^}]*)}");
    /** What may hold digits: names, marked constants, references, mathematics, code. */
    private static final Pattern EXEMPT =
            Pattern.compile("\\\\(?:res|resci|resenv|cite|label|ref|given|url|texttt|bibitem)\\{[^}]*}"
                    + "|\\\\(?:restable|plot)\\{[^}]*}\\{[^}]*}(?:\\{[^}]*})?"
                    + "|\\$[^$]*\\$"
                    + "|(?s)\\\\begin\\{(verbatim|equation)}.*?\\\\end\\{\\1}");

    private final String body;

    private PaperSource(final String body) {
        this.body = body;
    }

    static PaperSource read(final Path main) throws IOException {
        return new PaperSource(expand(main));
    }

    private static String expand(final Path file) throws IOException {
        final String text = COMMENT.matcher(Files.readString(file)).replaceAll("");
        final Matcher matcher = INPUT.matcher(text);
        final StringBuilder all = new StringBuilder();
        while (matcher.find()) {
            final Path included = file.resolveSibling(matcher.group(1) + ".tex");
            matcher.appendReplacement(all, Matcher.quoteReplacement(expand(included)));
        }
        return matcher.appendTail(all).toString();
    }

    String body() {
        return body;
    }

    /** Every identifier of a result that the text uses. */
    Set<String> results() {
        final Set<String> ids = new TreeSet<>();
        RESULT.matcher(body).results().forEach(match -> ids.add(match.group(1)));
        tables(body).forEach(table -> ids.addAll(table.ids()));
        return ids;
    }

    /** A table of results. */
    record Table(String caption, String label, List<String> ids) {}

    static List<Table> tables(final String body) {
        final List<Table> tables = new ArrayList<>();
        TABLE.matcher(body)
                .results()
                .forEach(match -> tables.add(new Table(match.group(1), match.group(2), ids(match.group(3)))));
        return tables;
    }

    static List<String> ids(final String list) {
        return List.of(list.strip().split("\\s*,\\s*", -1));
    }

    /** What is wrong with the text: numbers typed by hand, works that are cited and not listed, or the reverse. */
    List<String> problems() {
        final List<String> problems = new ArrayList<>();
        final String text = body.substring(
                Math.max(0, body.indexOf("\\begin{document}")), Math.max(0, body.indexOf("\\begin{thebibliography}")));
        for (final String line : EXEMPT.matcher(text).replaceAll(" ").lines().toList()) {
            if (line.chars().anyMatch(Character::isDigit)) {
                problems.add("a number typed by hand (say \\res{...}, or \\given{...} if it is no measurement): "
                        + line.strip());
            }
        }
        final Set<String> cited = new TreeSet<>();
        CITATION.matcher(body).results().forEach(match -> cited.addAll(ids(match.group(1))));
        final Set<String> listed = new TreeSet<>();
        ITEM.matcher(body).results().forEach(match -> listed.add(match.group(1)));
        cited.stream()
                .filter(key -> !listed.contains(key))
                .forEach(key -> problems.add("cited and not listed: " + key));
        listed.stream()
                .filter(key -> !cited.contains(key))
                .forEach(key -> problems.add("listed and not cited: " + key));
        return problems;
    }
}
