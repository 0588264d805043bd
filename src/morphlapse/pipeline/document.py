"""An HTML document that stands alone: how it looks, its one script, and what a browser may do on it."""

from __future__ import annotations

from html import escape

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""What a browser may do on the page: nothing is fetched, whatever a name or a caption holds."""

STYLE = """
:root{color-scheme:light dark;--ink:#1b1b1f;--paper:#fff;--soft:#6a6a72;--line:#d8d8de;--bad:#b3261e;--a:#0b57d0;
--b:#b06000;--c:#146c2e}
@media(prefers-color-scheme:dark){:root{--ink:#e8e8ee;--paper:#16161a;--soft:#a0a0aa;--line:#3a3a42;--bad:#ff8a80;
--a:#8ab4f8;--b:#ffb74d;--c:#81c995}}
body{margin:0 auto;max-width:1200px;padding:1rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--paper)}
h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.2rem;margin-top:2rem}
h3{font-size:1rem}details{margin-top:.8rem}summary{cursor:pointer;padding:.4rem 0}
table{border-collapse:collapse}th,td{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top;
overflow-wrap:anywhere}th{font-weight:600;white-space:nowrap}
.grid{display:grid;gap:.8rem;grid-template-columns:repeat(auto-fill,minmax(150px,1fr))}
.card{border:1px solid var(--line);border-radius:.5rem;padding:.4rem;font-size:.85rem;overflow-wrap:anywhere}
.card img{width:100%;aspect-ratio:4/3;object-fit:contain;background:#808080;display:block;border-radius:.3rem}
.card p{margin:.2rem 0}button{font:inherit;padding:.2rem .5rem;margin:.1rem .3rem .1rem 0;cursor:pointer}
.num{white-space:nowrap}
.none{aspect-ratio:4/3;display:grid;place-items:center;color:var(--soft);border:1px dashed var(--line)}
.bad{color:var(--bad)}.soft{color:var(--soft)}
.pair{display:flex;flex-wrap:wrap;gap:1rem}.pair figure{flex:1 1 260px;margin:0}.pair img{width:100%}
#skin{position:relative;max-width:720px}#skin img{width:100%;display:block}
#skin img+img{position:absolute;inset:0;height:100%;opacity:.5}
#dial{width:100%;max-width:720px}
figure{margin:1rem 0}figcaption{font-size:.9rem}svg{width:100%;max-width:900px;height:auto}
svg text{font:11px system-ui,sans-serif;fill:var(--soft)}.axis{fill:none;stroke:var(--line)}
polyline{fill:none;stroke-width:1.5}polyline.c0{stroke:var(--a)}polyline.c1{stroke:var(--b)}
@media(max-width:600px){svg text{font-size:17px}}
circle.c0{fill:var(--a)}circle.c1{fill:var(--b)}.key{margin-left:.6rem}.key.c0{color:var(--a)}.key.c1{color:var(--b)}
"""

SCRIPT = """
(function(){
function photo(n){return document.getElementById('photo-'+n)}
document.querySelectorAll('img[data-copy]').forEach(function(copy){copy.src=photo(copy.dataset.copy).src});
var under=document.getElementById('under'),over=document.getElementById('over'),dial=document.getElementById('dial'),
told=document.getElementById('told');
if(!under){return}
var used=told.dataset.used.split(' '),at=1;
function name(n){return 'photo '+n+' ('+photo(n).alt+')'}
function lay(a,b){under.src=photo(a).src;over.src=photo(b).src;at=used.indexOf(b);
told.textContent=name(a)+' under '+name(b)}
document.addEventListener('click',function(event){
var t=event.target.dataset;
if(t&&t.under){lay(t.under,t.over);document.getElementById('skin').scrollIntoView({block:'center'})}
if(t&&t.step){at=Math.max(1,Math.min(used.length-1,at+Number(t.step)));lay(used[at-1],used[at])}});
dial.addEventListener('input',function(){over.style.opacity=dial.value/100});
lay(used[0],used[1]);
})();
"""


def make_document(title: str, body: str) -> str:
    """The document as text; the title is escaped, the body is taken as it is."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"{body}<script>{SCRIPT}</script></body></html>\n"
    )
