// Copies a block of code, where the browser lets a page do that.
for (const button of document.querySelectorAll('button.copy')) {
  const code = button.closest('figure')?.querySelector('code');
  if (!code) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = 'Copied';
    } catch {
      // Pages that are reached by plain http may not write: select, so that one key is left to press.
      getSelection().selectAllChildren(code);
      button.textContent = document.execCommand('copy') ? 'Copied' : 'Selected';
    }
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 1500);
  });
}

// On a narrow screen the contents would push the page away.
if (matchMedia('(max-width: 60rem)').matches) document.querySelector('.contents details')?.removeAttribute('open');
