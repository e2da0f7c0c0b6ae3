// Replies, notes, attachments, the input method, and two people writing at once.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, desk, newTicket, send, settled, signIn } from '../lib/desk.mjs';
import { hold } from '../lib/hold.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

export default async function writing(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  const ticket = await newTicket(page);
  const box = page.locator('.comp textarea');
  const show = async (id) => {
    await page.goto(at(`tickets/${id}`));
    await settled(page);
  };
  /** What was sent is there, and the button can be pressed again. */
  const idle = () => page.locator('.comp .split .btn[aria-busy=true]').waitFor({ state: 'detached' });
  const said = async (id) => (await api(page).get(`/tickets/${id}?include=messages`)).messages ?? (await timeline(id));
  const timeline = async (id) => (await api(page).get(`/tickets/${id}/timeline`)).items.flatMap((x) => (x.message ? [x.message] : []));
  await show(ticket.id);

  await test('the composer tells before that the sample has a mailbox at rest, and a note does not ask', page, async () => {
    const told = page.locator('.comp .notice', { hasText: '返信はすぐには送信されません' });
    await told.waitFor();
    assert((await told.textContent()).includes('停止中'), 'no word on why');
    await page.locator('#tab-note').click();
    await told.waitFor({ state: 'detached' });
    await page.locator('#tab-reply').click();
    await told.waitFor();
  });

  await test('a reply is sent with Ctrl+Enter and shows its delivery', page, async () => {
    await page.keyboard.press('r');
    await box.fill('ご連絡ありがとうございます。\n確認いたします。');
    await send(page);
    const mine = page.locator('.msg[data-k=out]', { hasText: '確認いたします。' });
    await mine.waitFor();
    await mine.locator('.dlv', { hasText: '送信待ち' }).waitFor();
    await idle();
    equal(await box.inputValue(), '', 'the composer is not empty:');
  });

  await test('a bare Enter breaks the line, and the box grows', page, async () => {
    const small = (await box.boundingBox()).height;
    await box.focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press('Enter');
    assert((await box.boundingBox()).height > small + 60, 'the box did not grow');
    await box.fill('');
  });

  // Only there a letter begins with a greeting; how the program itself leaves one out has its own stories.
  if (desk.mock) {
    await test('what the words greet with themselves is not shown above them as well', page, async () => {
      const opening = page.locator('.comp .frm-o');
      await box.fill('確認いたします。');
      await opening.waitFor();
      for (const words of ['お世話になっております。\n確認いたします。', '山田様\n\n確認いたします。']) {
        await box.fill(words);
        await opening.waitFor({ state: 'detached' });
      }
      equal(await page.locator('.comp .frm-s').count(), 0, 'lines that address somebody:');
      await box.fill('');
      await opening.waitFor();
    });
  }

  await test('the Enter that ends a conversion never sends', page, async () => {
    const before = (await timeline(ticket.id)).length;
    const cdp = await context.newCDPSession(page);
    await box.focus();
    await cdp.send('Input.imeSetComposition', { text: 'へんかん', selectionStart: 4, selectionEnd: 4 });
    for (const key of [{ isComposing: true }, { keyCode: 229 }]) {
      await box.evaluate(
        (el, k) =>
          el.dispatchEvent(
            new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', ctrlKey: true, bubbles: true, cancelable: true, ...k }),
          ),
        key,
      );
    }
    await cdp.send('Input.insertText', { text: '変換' });
    equal(await box.inputValue(), '変換');
    equal((await timeline(ticket.id)).length, before, 'something was sent:');
    await box.fill('');
  });

  await test('a note cannot be taken for a reply', page, async () => {
    await page.locator('.tl').focus();
    await page.keyboard.press('n');
    await page.locator('.comp[data-m=note]').waitFor();
    equal(await page.locator('.rcpt').count(), 0, 'recipients are shown:');
    await page.getByRole('button', { name: '社内メモを残す' }).waitFor();
    const paper = await page.locator('.cbox').evaluate((e) => getComputedStyle(e).backgroundColor);
    assert(paper !== 'rgb(255, 255, 255)', 'the composer is not yamabuki');
    await box.fill('部品の在庫は 2 個です。');
    await send(page);
    await page.locator('.msg[data-k=note]', { hasText: '在庫は 2 個' }).waitFor();
    const note = (await said(ticket.id)).find((m) => m.text.includes('在庫は 2 個'));
    equal(note.visibility, 'internal');
    equal(note.delivery, null, 'a note has a delivery:');
    assert(await page.locator('.comp[data-m=note]').count(), 'the mode did not stay');
    await page.getByRole('tab', { name: '返信' }).click();
  });

  await test('drafts stay with their ticket and mode over a reload, and the list says so', page, async () => {
    await box.fill('あとで送る返信');
    await page.getByRole('tab', { name: '社内メモ' }).click();
    equal(await box.inputValue(), '', 'the note took the reply’s draft:');
    await page.reload();
    await box.waitFor();
    await page.getByRole('tab', { name: '返信' }).click();
    equal(await box.inputValue(), 'あとで送る返信');
    await page.locator(`#row-${ticket.id} .dr`).waitFor();
    await box.fill('');
    await page.locator(`#row-${ticket.id} .dr`).waitFor({ state: 'detached' });
  });

  await test('files come by button and by paste, and leave with the reply', page, async () => {
    await page
      .locator('.comp input[type=file]')
      .setInputFiles({ name: '写真 1.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(180_000, 7) });
    await page.locator('.up', { hasText: '写真 1.jpg' }).waitFor();
    await box.evaluate((el) => {
      const d = new DataTransfer();
      d.items.add(new File(['log'], 'device.log', { type: 'text/plain' }));
      el.dispatchEvent(new ClipboardEvent('paste', { clipboardData: d, bubbles: true, cancelable: true }));
    });
    await page.locator('.up', { hasText: 'device.log' }).waitFor();
    await eventually(async () => (await page.locator('.up progress').count()) === 0, 'an upload did not end', 15_000);
    await box.fill('写真をお送りします。');
    await send(page);
    const mine = page.locator('.msg[data-k=out]', { hasText: '写真をお送りします。' });
    await mine.locator('.file').nth(1).waitFor();
    const m = (await said(ticket.id)).find((x) => x.text.includes('写真をお送りします'));
    equal(
      m.attachments
        .map((x) => x.name)
        .sort()
        .join(),
      ['device.log', '写真 1.jpg'].sort().join(),
    );
  });

  await test('copies are added, what is no address stops the letter, and one key leaves them out', page, async () => {
    const copies = page.getByRole('combobox', { name: 'CC を追加', exact: true });
    await page.getByRole('button', { name: 'CC を追加' }).click();
    await copies.fill('総務部 <soumu@hokuto.example>, こわれた宛先');
    await page.keyboard.press('Enter');
    await page.locator('.rcpt-c', { hasText: '総務部' }).waitFor();
    await page.locator('.rcpt .notice', { hasText: '総務部 は、' }).waitFor();
    await page.locator('.rcpt-bad', { hasText: 'こわれた宛先' }).waitFor();
    await box.fill('総務部の方にも共有いたします。');
    assert(await page.locator('.comp .split .btn').first().isDisabled(), 'it can leave as it is');
    // Back over the names by keyboard: the broken one is mended, and a second is pasted.
    await copies.focus();
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Enter');
    equal(await copies.inputValue(), 'こわれた宛先');
    await copies.fill('');
    await copies.evaluate((el) => {
      const d = new DataTransfer();
      d.setData('text/plain', '経理 <keiri@hokuto.example>\nkanri@hokuto.example');
      el.dispatchEvent(new ClipboardEvent('paste', { clipboardData: d, bubbles: true, cancelable: true }));
    });
    await page.locator('.rcpt-c', { hasText: 'kanri@hokuto.example' }).waitFor();
    await page.locator('.rcpt-bad').waitFor({ state: 'detached' });
    await box.focus();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+R');
    await page.locator('.rf[data-f=cc]').waitFor({ state: 'detached' });
    await page.keyboard.press('Shift+R');
    // Who was typed has waited for the way back.
    await page.locator('.rcpt-c', { hasText: 'kanri@hokuto.example' }).waitFor();
    await box.focus();
    await send(page);
    const mine = page.locator('.msg[data-k=out]', { hasText: '共有いたします' });
    await mine.locator('.rdr-b', { hasText: 'CC 3 名' }).click();
    await mine.locator('.rdr-l li', { hasText: 'soumu@hokuto.example' }).waitFor();
    await eventually(
      async () => (await api(page).get(`/tickets/${ticket.id}`)).cc.some((c) => c.email === 'soumu@hokuto.example'),
      'the copy is missing',
    );
  });

  await test('what was sent is taken back, from another ticket too, with its words, readers and state', page, async () => {
    const [mine, other] = [await newTicket(page), await newTicket(page)];
    await show(mine.id);
    await page.getByRole('button', { name: 'BCC' }).click();
    await page.getByLabel('BCC を追加').fill('kansa@hokuto.example');
    await box.fill('早まって送った返信です。');
    await page.locator('.comp input[type=file]').setInputFiles({ name: '見積.txt', mimeType: 'text/plain', buffer: Buffer.alloc(900, 9) });
    await page.locator('.up', { hasText: '900 B' }).waitFor();
    await page.getByRole('button', { name: '送信して状態を変える' }).click();
    await page.getByRole('option', { name: '「解決」' }).click();
    await page.locator('.toast', { hasText: '取り消す' }).waitFor();
    await page.locator(`#row-${other.id}`).click();
    await page.waitForURL((u) => u.pathname.endsWith(`/tickets/${other.id}`));
    await page.keyboard.press('Control+z');
    await page.waitForURL((u) => u.pathname.endsWith(`/tickets/${mine.id}`));
    await eventually(async () => (await box.inputValue()) === '早まって送った返信です。', 'the words are not back');
    await page.locator('.rf[data-f=bcc] .rcpt-c', { hasText: 'kansa@' }).waitFor();
    await page.locator('.comp .split .btn', { hasText: '「解決」' }).waitFor();
    const gone = page.locator('.wdn', { hasText: '送信を取り消しました' });
    await gone.waitFor();
    equal((await api(page).get(`/tickets/${mine.id}`)).status, 'new', 'its state stayed:');
    await gone.getByRole('button', { name: '本文を見る' }).click();
    await gone.locator('.wdn-t', { hasText: '早まって' }).waitFor();
    equal((await axe(page)).join('\n'), '', 'axe:');
    await page.getByRole('button', { name: '見積.txt を外す' }).click();
    await box.fill('');
    await show(ticket.id);
  });

  await test('a message is passed on with its words and files, and no customer sees it', page, async () => {
    await page.locator('.tl').focus();
    await page.keyboard.press('f');
    await page.locator('.comp[data-m=forward]').waitFor();
    await page.locator('.psd-q', { hasText: '転送メッセージ' }).waitFor();
    await page.getByLabel('宛先を追加').fill('メーカー <service@maker.example>');
    await page.keyboard.press('Enter');
    await box.fill('ご確認をお願いします。');
    await page.screenshot({ path: `${shots}forward-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await send(page);
    const passed = page.locator('.msg[data-k=forward]', { hasText: 'ご確認をお願いします。' });
    await passed.locator('.rdr-b', { hasText: '宛先 メーカー 様' }).waitFor();
    await passed.getByText('転送（お客様には見えません）').waitFor();
    await page.locator(`#row-${ticket.id} .sg`, { hasText: '転送' }).waitFor();
    await page.getByRole('tab', { name: '返信' }).click();
    await show(ticket.id);
  });

  await test('sending while another reply came in stops softly', page, async () => {
    await box.fill('私も返信を書いています');
    await api(page).post(`/tickets/${ticket.id}/replies`, { text: '先に送られた返信' });
    await page.locator('.msg[data-k=out]', { hasText: '先に送られた返信' }).waitFor();
    await box.focus();
    await send(page);
    await page.getByRole('button', { name: 'このまま送信' }).waitFor();
    equal(await page.locator('.msg', { hasText: '私も返信を書いています' }).count(), 0, 'it was sent:');
    await page.getByRole('button', { name: '先に見る' }).click();
    await page.keyboard.press('r');
    await send(page);
    await page.locator('.msg[data-k=out]', { hasText: '私も返信を書いています' }).waitFor();
  });

  await test('send and solve', page, async () => {
    await box.fill('解決とさせていただきます。');
    await send(page, 'Control+Shift+Enter');
    await eventually(async () => (await api(page).get(`/tickets/${ticket.id}`)).status === 'solved', 'not solved');
    await eventually(async () => (await box.inputValue()) === '', 'the composer is not empty');
    await idle();
  });

  await test('whoever goes on while it sends loses nothing: neither the keys nor the next words', page, async () => {
    const held = await hold(page, '**/replies', 'POST');
    await box.fill('追ってご連絡いたします。');
    await send(page);
    await held.came;
    await page.keyboard.type('もう一つ。');
    await page.locator('.tl').focus();
    await held.end();
    await page.locator('.msg[data-k=out]', { hasText: '追ってご連絡いたします。' }).waitFor();
    await idle();
    assert(await page.locator('.tl').evaluate((el) => el === document.activeElement), 'the box took the focus');
    equal(await box.inputValue(), 'もう一つ。', 'what was typed meanwhile:');
    await box.fill('');
  });

  await test('sent and gone to the next: no draft stays behind, and a failure is told where the agent is now', page, async () => {
    const other = await newTicket(page);
    await show(other.id);
    const sendAndLeave = async (how) => {
      const held = await hold(page, '**/replies', 'POST');
      await box.fill('次のチケットへ進みます。');
      await send(page);
      await page.locator('.tl').focus();
      await page.keyboard.press('j');
      await page.waitForURL((u) => !u.pathname.endsWith(`/tickets/${other.id}`));
      await held.end(how);
    };
    await sendAndLeave('fail');
    await page.locator('.toast', { hasText: `#${other.number}` }).waitFor();
    await show(other.id);
    equal(await box.inputValue(), '次のチケットへ進みます。');
    await sendAndLeave('go');
    await eventually(async () => (await timeline(other.id)).length === 2, 'not sent');
    await show(other.id);
    await eventually(async () => (await box.inputValue()) === '', 'a draft stayed behind');
  });

  await test(
    'back at the ticket while its reply is on its way: it is not sent twice, and the box empties when it has gone',
    page,
    async () => {
      const other = await newTicket(page);
      await show(other.id);
      const held = await hold(page, '**/replies', 'POST');
      await box.fill('一度だけ届く返信です。');
      await send(page);
      await held.came;
      await page.locator('.tl').focus();
      await page.keyboard.press('j');
      await page.waitForURL((u) => !u.pathname.endsWith(`/tickets/${other.id}`));
      await page.keyboard.press('k');
      await page.waitForURL((u) => u.pathname.endsWith(`/tickets/${other.id}`));
      await page.locator('.comp .split .btn[aria-busy=true]').waitFor();
      equal(await box.inputValue(), '一度だけ届く返信です。');
      await box.press('Control+Enter');
      await held.end();
      await eventually(async () => (await box.inputValue()) === '', 'the box did not empty');
      equal((await timeline(other.id)).length, 2);
    },
  );

  await test('a draft that comes back with a reload, although it had arrived, leaves the box by itself', page, async () => {
    const other = await newTicket(page);
    await show(other.id);
    // The page hears nothing of it until it is loaded again.
    await page.route('**/timeline?*', (route) => route.abort());
    const held = await hold(page, '**/replies', 'POST');
    await box.fill('届いたのに下書きが残った返信です。');
    await send(page);
    await held.end('lost');
    await eventually(async () => (await timeline(other.id)).length === 2, 'it did not arrive');
    await page.goto('about:blank');
    await page.unroute('**/timeline?*');
    await show(other.id);
    await page.locator('.toast', { hasText: '届いていました' }).waitFor();
    await eventually(async () => (await box.inputValue()) === '', 'the box did not empty');
    equal((await timeline(other.id)).length, 2);
  });

  await test('the new-ticket dialog tells before that its mail cannot leave, or not at once, and a note does not ask', page, async () => {
    const GONE = { mailbox: null, leaves: 'never', problem: { code: 'mail.no_mailbox', detail: '送信に使うメールボックスがありません。' } };
    const AT_REST = {
      mailbox: null,
      leaves: 'later',
      problem: { code: 'mail.mailbox_off', detail: '送信元のメールボックスが停止中です。' },
    };
    const OPEN = { mailbox: null, leaves: 'now', problem: null };
    let way = GONE;
    const given = (route) => route.fulfill({ json: way });
    await page.route('**/api/v1/way-out*', given);
    const d = page.getByRole('dialog', { name: '新規チケット' });
    const told = d.locator('.notice');
    const begin = async (now) => {
      way = now;
      await page.locator('.tl').focus();
      const read = page.waitForResponse((r) => /\/api\/v1\/way-out/.test(r.url()));
      await page.keyboard.press('c');
      await (await read).finished();
      await d.getByLabel('件名').waitFor();
    };
    const leave = async () => {
      await d.getByRole('button', { name: /キャンセル|下書きを破棄/ }).click();
      await d.waitFor({ state: 'detached' });
    };
    await begin(GONE);
    await told.filter({ hasText: '今は送信できません' }).getByRole('link', { name: 'メールボックスをつなぐ' }).waitFor();
    await page.screenshot({ path: `${shots}new-no-mailbox-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await d.getByText('社内メモだけ').click();
    await told.waitFor({ state: 'detached' });
    await leave();
    await begin(OPEN);
    equal(await told.count(), 0, 'nothing is in its way:');
    await leave();
    await begin(AT_REST);
    await told.filter({ hasText: '停止中' }).waitFor();
    await leave();
    // Laid aside to mend it, what was written is found again.
    await begin(GONE);
    await d.getByLabel('件名').fill('あとで送る件');
    await told.getByRole('link', { name: 'メールボックスをつなぐ' }).click();
    await page.waitForURL(/settings\/mailboxes/);
    await page.unroute('**/api/v1/way-out*', given);
    await page.goBack();
    await box.waitFor();
    await page.locator('.tl').focus();
    await page.keyboard.press('c');
    equal(await d.getByLabel('件名').inputValue(), 'あとで送る件');
    await leave();
  });

  await test('a new ticket is written and opened', page, async () => {
    await page.locator('.tl').focus();
    await page.keyboard.press('c');
    const d = page.getByRole('dialog', { name: '新規チケット' });
    await d.getByLabel('メールアドレス').fill('hanako@customer.example');
    await d.getByLabel('氏名').fill('試験 花子');
    await d.getByLabel('件名').fill('お電話の件');
    await d.getByText('社内メモだけ').click();
    await d.getByLabel('社内メモ', { exact: false }).last().fill('お電話で伺った内容です。');
    await d.getByRole('button', { name: '社内メモで作成' }).click();
    await d.waitFor({ state: 'detached' });
    await page.locator('.ch-h', { hasText: 'お電話の件' }).waitFor();
    await page.locator('.msg[data-k=note]', { hasText: 'お電話で伺った' }).waitFor();
  });

  await test('the contact is edited beside the ticket', page, async () => {
    await page.getByRole('button', { name: '顧客情報を編集' }).click();
    const d = page.getByRole('dialog', { name: '顧客情報を編集' });
    await d.getByLabel('フリガナ').fill('シケン ハナコ');
    await d.getByLabel('注意').fill('午前中の電話は避けること');
    await d.getByRole('button', { name: '保存' }).click();
    await d.waitFor({ state: 'detached' });
    await page.locator('.heed', { hasText: '午前中の電話' }).waitFor();
  });
  await context.close();
}
